import { afterAll, describe, expect, it } from 'vitest'
import { type ServiceNode, startServices } from '../../../../scripts/services/index.js'
import { createServer, type TidingsServer } from '../../src/index.js'
import { Session } from '../support/session.js'
import { until } from '../support/wait.js'
import { allBecome, readinessOf } from './readiness.js'
import { settingsOfCluster } from './real.js'

const LEASE_MS = 3_000

// a service is killed here: these are this file's own, whatever the environment names
const services = await startServices({ kafka: 1, postgres: true, redis: 'single' })
const own = ([node]: readonly ServiceNode[]): ServiceNode => {
  if (node === undefined) throw new Error('a server of our own has a node')
  return node
}
const running: TidingsServer[] = []
afterAll(async () => {
  for (const server of running.reverse()) await server.close()
  await services.close()
})

const settings = await settingsOfCluster('postgres', services)
const start = async (...roles: ('api' | 'gateway' | 'sequencer')[]) => {
  const server = await createServer({
    ...settings,
    roles,
    processLeaseMs: LEASE_MS,
    // one message after the other for eight seconds, as fast as they are acknowledged
    frameRatePerS: 1_000_000,
    authenticate: async (token: string) => ({ userId: token }),
  })
  running.push(server)
  return { server, url: (await server.listen({ port: 0 })).url }
}
const [api, gateway, sequencer] = await Promise.all([
  start('api'),
  start('gateway'),
  start('sequencer'),
])

describe('while Redis is away', () => {
  it('R13: sending and delivering go on, longer than any lease; a removal waits; all is well afterwards', async () => {
    const { admin } = api.server
    await admin.upsertWorkspace({ workspaceId: 'w' })
    await admin.upsertChannel({ workspaceId: 'w', channelId: 'general' })
    for (const userId of ['ada', 'bob']) await admin.upsertMember({ channelId: 'general', userId })
    const ada = await Session.greeted(gateway.url, 'ada')
    const bob = await Session.greeted(gateway.url, 'bob')
    expect(await ada.sends('general', 'before')).toMatchObject({ type: 'message.ack' })

    const node = own(services.redis.nodes)
    await node.kill()
    const killedAt = performance.now()
    const goesOn = async () => {
      const ack = await ada.sends('general', 'without Redis')
      expect(ack.type, JSON.stringify(ack)).toBe('message.ack')
      await bob.hears('message.new', (event) => event.channel_seq === ack.channel_seq)
    }
    while (performance.now() - killedAt < 2 * LEASE_MS + 2_000) await goesOn()
    // once more from beginning to end when every lease is long over
    await goesOn()
    expect(ada.closedWith).toBeUndefined()
    expect(bob.closedWith).toBeUndefined()
    const ready = await fetch(`${gateway.url}/readyz`)
    expect(ready.status).toBe(200)
    expect(await ready.json()).toMatchObject({
      checks: { redis: expect.stringContaining('degraded'), store: 'ok', log: 'ok' },
    })

    let removed = false
    const removing = admin.removeMember({ channelId: 'general', userId: 'bob' }).then(() => {
      removed = true
    })
    await until('the removal takes effect', () => bob.all('channel.removed').length === 1)
    expect(removed).toBe(false)
    await node.start()
    await removing
    await until('all is well', async () => {
      const answer = await fetch(`${gateway.url}/readyz`)
      return ((await answer.json()) as { checks: { redis: string } }).checks.redis === 'ok'
    })
    expect(await ada.sends('general', 'afterwards')).toMatchObject({ type: 'message.ack' })
  }, 120_000)
})

describe('while a service is frozen without which nothing is stored', () => {
  const serving = [api, gateway].map(({ url }) => readinessOf(url))
  const numbering = readinessOf(sequencer.url)
  const processes = [...serving, numbering]
  const away = expect.stringMatching(/^away: ./)

  it('Kafka: no process is ready, sends are unavailable, reading goes on, and so does all when it is back', async () => {
    const { admin } = api.server
    await admin.upsertWorkspace({ workspaceId: 'w' })
    await admin.upsertChannel({ workspaceId: 'w', channelId: 'read', ownerId: 'ada' })
    const message = { channelId: 'read', userId: 'ada', clientMsgId: 'once', text: 'said' }
    const before = await admin.history({ channelId: 'read' })
    expect(before.messages).not.toEqual([])
    const node = own(services.kafka.nodes)
    await node.freeze()
    try {
      const sending = expect(admin.send(message)).rejects.toMatchObject({
        code: 'unavailable',
        outcome: expect.stringMatching(/^(not_sent|unknown)$/),
      })
      await allBecome(processes, 503, { log: away, store: 'ok', directory: 'ok' })
      await sending
      expect(await admin.history({ channelId: 'read' })).toEqual(before)
    } finally {
      await node.thaw()
    }
    await allBecome(processes, 200, { log: 'ok' })
    await admin.send(message)
    const { messages } = await admin.history({ channelId: 'read', onlyMessages: true })
    expect(messages).toMatchObject([{ text: 'said' }])
  }, 90_000)

  it('PostgreSQL with the messages in it: no process is ready, and all are again when it goes on', async () => {
    const node = own(services.postgres.nodes)
    await node.freeze()
    try {
      const degraded = expect.stringMatching(/^degraded: ./)
      await Promise.all([
        allBecome(serving, 503, { store: away, directory: away, log: 'ok' }),
        numbering.becomes(503, { store: away, directory: degraded, log: 'ok' }),
      ])
    } finally {
      await node.thaw()
    }
    await allBecome(processes, 200, { store: 'ok', directory: 'ok' })
  }, 60_000)
})
