import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { killCommands, lastLineOf, logIn, startCommand } from '../support/command.js'
import { contradict } from '../support/contradiction.js'
import { Session } from '../support/session.js'

let folder = ''
afterEach(async () => {
  killCommands()
  await rm(folder, { recursive: true, force: true })
})

it('R3: the command ends with exit code 1 and the reason as its last line when log and store contradict each other', async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-fatal-'))
  const settings = ['--data-dir', folder, '--port', '0', '--dev-login', '--drain-timeout-ms', '500']
  const start = async () => {
    const command = startCommand(settings)
    const url = await command.url
    const { userId, token } = await logIn(url, 'Ada')
    return { ...command, ada: await Session.greeted(url, userId, { token }) }
  }
  const first = await start()
  expect(await first.ada.sends('general', 'before')).toMatchObject({ type: 'message.ack' })
  first.child.kill('SIGTERM')
  await first.ended
  contradict(folder, 'general')

  const { ada, ended } = await start()
  ada.say({
    type: 'message.send',
    channel_id: 'general',
    client_msg_id: 'm',
    first_try_ts: Date.now(),
    text: 'to nobody',
  })
  expect(await ada.hears('goaway')).toMatchObject({ reason: 'shutdown' })
  expect(await ada.closed()).toBe(1001)
  const { code, stdout, stderr } = await ended
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
  expect(lastLineOf(stdout)).toMatchObject({
    level: 60,
    msg: 'ended: the server could not go on',
    err: { type: 'SequencerAlarm', message: expect.stringContaining('gone back') },
  })
  expect(ada.all('message.ack')).toEqual([])
}, 60_000)
