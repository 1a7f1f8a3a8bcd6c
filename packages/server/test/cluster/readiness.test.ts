import { afterAll, describe, expect, it } from 'vitest'
import { TcpProxy } from '../../../../scripts/services/proxy/tcp-proxy.js'
import { createServer, type TidingsServer } from '../../src/index.js'
import { useService } from '../services/use-service.js'
import { Session } from '../support/session.js'
import { allBecome, readinessOf } from './readiness.js'
import { settingsOfCluster } from './real.js'

const [kafka, redis, postgres, cassandra] = await Promise.all([
  useService('kafka'),
  useService('redis'),
  useService('postgres'),
  useService('cassandra'),
])
/** The services are others' too: what is broken is only our way to them. */
const toPostgres = await TcpProxy.open('127.0.0.1', 0, new URL(postgres.url).host)
const toCassandra = await TcpProxy.open(
  '127.0.0.1',
  0,
  `${cassandra.contactPoints[0]}:${cassandra.port}`,
)
const running: TidingsServer[] = []
afterAll(async () => {
  toCassandra.heal()
  await toPostgres.accept()
  await Promise.all(running.map((server) => server.close()))
  await Promise.all([toPostgres.close(), toCassandra.close()])
})

describe('a cluster whose messages lie in Cassandra', async () => {
  const url = new URL(postgres.url)
  url.host = toPostgres.address
  const [host = '', port] = toCassandra.address.split(':')
  const settings = await settingsOfCluster('cassandra', {
    kafka,
    redis,
    postgres: { url: url.href },
    cassandra: { ...cassandra, contactPoints: [host], port: Number(port) },
  })
  const start = async (role: 'api' | 'gateway' | 'sequencer') => {
    const server = await createServer({
      ...settings,
      roles: [role],
      // what is sent while Cassandra is away waits until it is back
      ackTimeoutMs: 60_000,
      authenticate: async (token: string) => ({ userId: token }),
    })
    running.push(server)
    const { url } = await server.listen({ port: 0 })
    return { ...readinessOf(url), admin: server.admin, url }
  }
  const [api, gateway, sequencer] = await Promise.all([
    start('api'),
    start('gateway'),
    start('sequencer'),
  ])
  const all = [api, gateway, sequencer]

  it('no process is ready while Cassandra cannot be reached; sends wait, and who reads or comes is told', async () => {
    await allBecome(all, 200, { store: 'ok', directory: 'ok', log: 'ok' })
    const { admin } = api
    await admin.upsertWorkspace({ workspaceId: 'w' })
    await admin.upsertChannel({ workspaceId: 'w', channelId: 'c', ownerId: 'ada' })
    toCassandra.cut()
    const sending = admin.send({ channelId: 'c', userId: 'ada', text: 'waits' })
    await allBecome(all, 503, {
      store: expect.stringMatching(/^away: ./),
      directory: 'ok',
      log: 'ok',
    })
    await expect(admin.history({ channelId: 'c' })).rejects.toMatchObject({ code: 'unavailable' })
    await expect(Session.greeted(gateway.url, 'ada')).rejects.toThrow('closed with 4503')
    toCassandra.heal()
    await allBecome(all, 200, { store: 'ok' })
    expect(await sending).toMatchObject({ channel_seq: expect.any(Number) })
  }, 90_000)

  it('gateways and api processes are not ready while PostgreSQL cannot be reached, and sequencers are', async () => {
    toPostgres.refuse()
    toPostgres.reset()
    const others = { store: 'ok', log: 'ok' }
    await Promise.all([
      allBecome([api, gateway], 503, { ...others, directory: expect.stringMatching(/^away: ./) }),
      sequencer.becomes(200, { ...others, directory: expect.stringMatching(/^degraded: ./) }),
    ])
    await toPostgres.accept()
    await allBecome(all, 200, { directory: 'ok' })
  }, 60_000)
})
