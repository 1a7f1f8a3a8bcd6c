import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { contradict } from '../support/contradiction.js'
import { newDataDir, startTestServer, type TestServer } from '../support/server.js'
import { Session } from '../support/session.js'
import { until } from '../support/wait.js'

const ended: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end()
})

async function start(dataDir: string): Promise<TestServer> {
  const server = await startTestServer({ dataDir, ackTimeoutMs: 500 })
  ended.push(() => server.tidings.close())
  return server
}

/** A server whose channel `c` another has written to while it did not run; what alice had said is there. */
async function startContradicted() {
  const dataDir = await newDataDir()
  ended.push(() => rm(dataDir, { recursive: true, force: true }))
  const before = await start(dataDir)
  const { admin } = before.tidings
  await admin.upsertWorkspace({ workspaceId: 'w' })
  for (const channelId of ['c', 'd'])
    await admin.upsertChannel({ workspaceId: 'w', channelId, ownerId: 'alice' })
  await admin.send({ channelId: 'c', userId: 'alice', text: 'before' })
  await before.tidings.close()
  contradict(dataDir, 'c')
  return { dataDir, server: await start(dataDir) }
}

describe('an embedded server whose log and store contradict each other', () => {
  it('R3: stops and says so: /readyz is 503, onFatal has the alarm, and a send is not acknowledged', async () => {
    const { server } = await startContradicted()
    const fatal: Error[] = []
    server.tidings.onFatal((error) => fatal.push(error))
    const alice = await Session.greeted(server.url, 'alice')
    expect(await server.call('nobody', 'GET', '/readyz')).toMatchObject({
      status: 200,
      body: { checks: { sequencer: 'ok' } },
    })

    alice.say({
      type: 'message.send',
      channel_id: 'c',
      client_msg_id: 'm',
      first_try_ts: Date.now(),
      text: 'to nobody',
      ref: 'r',
    })
    await until('the alarm is told', () => fatal.length > 0)
    expect(fatal).toMatchObject([{ name: 'SequencerAlarm', channelId: 'c' }])
    expect(await server.call('nobody', 'GET', '/readyz')).toMatchObject({
      status: 503,
      body: { status: 'unavailable', checks: { server: 'ok', store: 'ok', sequencer: 'stopped' } },
    })
    const late: Error[] = []
    server.tidings.onFatal((error) => late.push(error))
    expect(late).toEqual(fatal)

    // one partition: other channels wait too, and nobody is told of what may not be
    for (const channelId of ['c', 'd']) {
      const send = { text: 'over REST', client_msg_id: 'm2', user_id: 'alice' }
      const answer = await server.call('server', 'POST', `/v1/channels/${channelId}/messages`, send)
      expect(answer).toMatchObject({
        status: 503,
        body: { error: { code: 'unavailable', outcome: 'unknown' } },
      })
    }
    expect(alice.received.filter(({ ref, type }) => ref === 'r' || type === 'message.new')).toEqual(
      [],
    )
    expect(alice.closedWith).toBeUndefined()
    const { body } = await server.call('alice', 'GET', '/v1/channels/c/messages?limit=1&after=1')
    expect(body.data.messages).toMatchObject([{ text: 'before', channel_seq: 2 }])

    // what waits can never be folded, and is not waited for
    await server.tidings.close()
    expect(await alice.closed()).toBe(1001)
  })

  it('R10: started again, it numbers on above whatever the store holds, in a new generation', async () => {
    const { dataDir, server } = await startContradicted()
    const fatal: Error[] = []
    server.tidings.onFatal((error) => fatal.push(error))
    const say = (to: TestServer, clientMsgId: string) =>
      to.tidings.admin.send({ channelId: 'c', userId: 'alice', text: 'on', clientMsgId })
    await expect(say(server, 'm')).rejects.toMatchObject({ outcome: 'unknown' })
    expect(fatal).toHaveLength(1)
    await server.tidings.close()
    // its owner's join, what was said before, and what another has written
    expect(await say(await start(dataDir), 'm')).toMatchObject({ channel_seq: 4 })
  })
})

describe('an embedded server whose data file cannot be written to any more', () => {
  it('R10: says so, when another process has owned its folder: /readyz is 503, and onFatal has the reason', async () => {
    const threads: Worker[] = []
    const onWorker = (worker: Worker) => void threads.push(worker)
    process.on('worker', onWorker)
    ended.push(async () => process.off('worker', onWorker))
    const dataDir = await newDataDir()
    ended.push(() => rm(dataDir, { recursive: true, force: true }))
    const server = await start(dataDir)
    const fatal: Error[] = []
    server.tidings.onFatal((error) => fatal.push(error))
    // what another owner leaves
    const other = new DatabaseSync(join(dataDir, 'tidings.db'))
    other.exec("UPDATE meta SET value = '2' WHERE key = 'generation'")
    other.close()
    // the thread that writes is the first that is started
    await threads[0]?.terminate()
    await until('it is told', () => fatal.length > 0)
    expect(fatal[0]?.message).toMatch(/^the data file failed: .*another process/)
    expect(await server.call('nobody', 'GET', '/readyz')).toMatchObject({
      status: 503,
      body: { status: 'unavailable', checks: { store: 'failed' } },
    })
  })
})
