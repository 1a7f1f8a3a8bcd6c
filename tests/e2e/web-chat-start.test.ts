import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Program } from './program.js'

/**
 * Not about what is served but about one command, and the folder that it keeps. `npm run cluster` has none: its data
 * ends with it, so nothing can be started a second time, be in use, or be of a newer version. What it has in common
 * with this one, an address that is told, Ctrl-C, a port that is taken or is none, is tested in
 * services/cluster.test.ts and scripts/cluster-arguments.test.ts.
 */
const script = 'examples/web-chat/server.mjs'

describe('the web chat’s server', { timeout: 60_000 }, () => {
  const programs: Program[] = []
  let folder: string
  let other: Server | undefined

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidings-start-'))
  })
  afterEach(async () => {
    await Promise.all(programs.splice(0).map((program) => program.end()))
    other?.close()
    other = undefined
    rmSync(folder, { recursive: true, force: true })
  })

  const start = (...args: string[]): Program => {
    const program = new Program([script, ...args])
    programs.push(program)
    return program
  }
  const data = (): string => join(folder, 'data')
  const addressOf = ({ out }: Program): string => /http:\S+/.exec(out)?.[0] ?? ''

  it('says where it is, where it keeps what is said, how to be two, and how to stop', async () => {
    const chat = start('--port', '0', '--data', data())
    await chat.says('Stop with Ctrl-C')
    expect(chat.out).toMatch(/Tidings is up: {4}http:\/\/127\.0\.0\.1:\d+\/\n/)
    expect(chat.out).toContain(`Data folder:      ${data()}`)
    expect(chat.out).toContain('private window')
    chat.interrupt()
    expect(await chat.ended).toBe(0)
    expect(chat.out).toContain('Stopped. Everything said is kept.')
    expect(chat.err).toBe('')
  })

  it('starts a second time with all that was said, and says how long that took', async () => {
    const first = start('--port', '0', '--data', data())
    await first.says('Stop with Ctrl-C')
    const { token, channel_id } = await login(addressOf(first))
    const messages = `v1/channels/${channel_id}/messages`
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const sent = await fetch(addressOf(first) + messages, {
      method: 'POST',
      headers,
      body: JSON.stringify({ text: 'still here' }),
    })
    expect(sent.status).toBe(201)
    first.interrupt()
    await first.ended

    const startedAt = performance.now()
    const second = start('--port', '0', '--data', data())
    await second.says('Stop with Ctrl-C')
    // a figure, not an assertion: a shared machine may be slow. The goal is 3 s
    console.log(`the second start took ${Math.round(performance.now() - startedAt)} ms`)
    const again = await login(addressOf(second))
    const history = await fetch(addressOf(second) + messages, {
      headers: { authorization: `Bearer ${again.token}` },
    })
    expect(await history.text()).toContain('still here')
  })

  const refusals: Record<string, { args: () => string[] | Promise<string[]>; says: RegExp }> = {
    'a port that is taken': {
      args: async () => ['--port', String(await takenPort()), '--data', data()],
      says: /^Port \d+ is taken by another program\. .*npm start -- --port \d+\n$/,
    },
    'a port that is none': {
      args: () => ['--port', 'eighty', '--data', data()],
      says: /^“eighty” is not a port\. Give --port a number from 0 to 65535\.\n$/,
    },
    'a host that is not this machine’s': {
      args: () => ['--port', '0', '--host', '192.0.2.1', '--data', data()],
      says: /^“192\.0\.2\.1” is no address of this machine\. .*127\.0\.0\.1/,
    },
    'a data folder that cannot be made': {
      args: () => {
        writeFileSync(join(folder, 'file'), '')
        return ['--port', '0', '--data', join(folder, 'file', 'data')]
      },
      says: /^The data folder .* cannot be written to: .*\. .*choose another data folder\.\n$/,
    },
    'a data folder of a newer version': {
      args: async () => {
        await writeNewerVersion()
        return ['--port', '0', '--data', data()]
      },
      says: /^The data folder .* was written by a newer version of Tidings: .*\. Upgrade Tidings, .*\n$/,
    },
    'a data folder that is in use': {
      args: async () => {
        await start('--port', '0', '--data', data()).says('Stop with Ctrl-C')
        return ['--port', '0', '--data', data()]
      },
      says: /^The data folder .* is in use by process \d+\. Stop that process, or .*\n$/,
    },
  }

  it('refuses to let anybody in by a name where NODE_ENV is production', async () => {
    const chat = new Program([script, '--port', '0', '--data', data()], { NODE_ENV: 'production' })
    programs.push(chat)
    expect(await chat.ended).toBe(1)
    expect(chat.err).toMatch(/^In the web chat a name is enough .*NODE_ENV is production\. .*\n$/)
    expect(chat.out).toBe('')
  })

  for (const [what, { args, says }] of Object.entries(refusals)) {
    it(`refuses ${what} with one clear sentence and what to do`, async () => {
      const chat = start(...(await args()))
      expect(await chat.ended).toBe(1)
      expect(chat.err).toMatch(says)
      expect(chat.out).toBe('')
    })
  }

  async function takenPort(): Promise<number> {
    other = createServer()
    await new Promise<void>((resolve) => other?.listen(0, '127.0.0.1', resolve))
    return (other.address() as AddressInfo).port
  }

  async function writeNewerVersion(): Promise<void> {
    const chat = start('--port', '0', '--data', data())
    await chat.says('Stop with Ctrl-C')
    chat.interrupt()
    await chat.ended
    const database = new DatabaseSync(join(data(), 'tidings.db'))
    database.exec(`INSERT INTO kysely_migration (name, timestamp) VALUES ('9999-later', 'later')`)
    database.close()
  }
})

async function login(address: string): Promise<{ token: string; channel_id: string }> {
  const answer = await fetch(`${address}v1/dev/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Ada' }),
  })
  const { data } = (await answer.json()) as { data: { token: string; channel_id: string } }
  return data
}
