import { randomBytes } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import type { ServiceAddresses } from '../../../../scripts/services/index.js'
import { createServer, type ServerOptions, type TidingsServer } from '../../src/index.js'
import { readFeed } from '../kafka/feed-reader.js'
import { useService } from '../services/use-service.js'
import { samples } from '../support/metrics.js'
import { Session } from '../support/session.js'
import { until } from '../support/wait.js'

const KEY = 'a-server-key-of-more-than-32-characters'

/** Settings of an installation that nobody else has, on services that others use too. */
export async function settingsOfCluster(
  store: 'postgres' | 'cassandra',
  given?: Pick<ServiceAddresses, 'kafka' | 'postgres' | 'redis'> & Partial<ServiceAddresses>,
): Promise<Partial<ServerOptions>> {
  const { kafka, postgres, redis } = given ?? {
    kafka: await useService('kafka'),
    postgres: await useService('postgres'),
    redis: await useService('redis'),
  }
  const name = `t${randomBytes(6).toString('hex')}`
  return {
    log: 'kafka',
    store,
    kafkaBrokers: [...kafka.brokers],
    kafkaTopicPrefix: `${name}.commands`,
    kafkaGroupPrefix: `${name}.sequencer`,
    kafkaMessageSentTopic: `${name}.message_sent`,
    kafkaPartitions: 3,
    kafkaReplicationFactor: 1,
    kafkaMinInsyncReplicas: 1,
    allowUnsafeKafka: true,
    postgresUrl: postgres.url,
    postgresSchema: name,
    postgresMaxConnections: 4,
    allowUnsafePostgres: true,
    redisUrl: redis.url,
    redisKeyPrefix: `${name}:`,
    busSecret: 'a secret of the test, long enough for anybody',
    processLeaseMs: 5_000,
    commitLagMs: 200,
    serverKeys: [KEY],
    sendRatePerS: 0,
    channelRatePerS: 0,
    requestRatePerS: 0,
    drainTimeoutMs: 300,
    logLevel: 'silent',
    ...(store === 'cassandra' && (await cassandraSettings(name, given?.cassandra))),
  }
}

async function cassandraSettings(
  name: string,
  given?: ServiceAddresses['cassandra'],
): Promise<Partial<ServerOptions>> {
  const { contactPoints, port, localDataCenter } = given ?? (await useService('cassandra'))
  return {
    cassandraContactPoints: contactPoints.map((host) => `${host}:${port}`),
    cassandraLocalDataCenter: localDataCenter,
    cassandraKeyspace: name,
    cassandraCreateKeyspace: true,
    cassandraReplicationFactor: 1,
    allowUnsafeCassandraReplication: true,
  }
}

type Role = 'api' | 'gateway' | 'sequencer'

/** The same scenarios, whichever store. */
export function clusterOver(store: 'postgres' | 'cassandra'): void {
  describe(`processes over Kafka, Redis, PostgreSQL, and messages in ${store}`, async () => {
    const settings = await settingsOfCluster(store)
    const running: TidingsServer[] = []
    const start = async (...roles: Role[]): Promise<{ server: TidingsServer; url: string }> => {
      const server = await createServer({
        ...settings,
        roles,
        authenticate: async (token: string) => ({ userId: token }),
      })
      running.push(server)
      const { url } = await server.listen({ port: 0 })
      return { server, url }
    }
    afterAll(async () => {
      for (const server of running.reverse()) await server.close()
    })
    const call = async (url: string, method: string, path: string, body?: object) => {
      const answer = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      return { status: answer.status, body: (await answer.json()) as { data: never } }
    }
    const numbers = (session: Session) =>
      session.all('message.new').map((event) => event.channel_seq as number)

    it('deliver, whichever process is asked, and over a change of sequencers', async () => {
      const [api, a, b, first] = await Promise.all([
        start('api'),
        start('gateway'),
        start('gateway'),
        start('sequencer'),
      ])
      await api.server.admin.upsertWorkspace({ workspaceId: 'w' })
      await api.server.admin.upsertChannel({ workspaceId: 'w', channelId: 'general' })
      for (const userId of ['ada', 'bob']) {
        await api.server.admin.upsertMember({ channelId: 'general', userId, role: 'member' })
      }
      const [ada, bob] = [await Session.greeted(a.url, 'ada'), await Session.greeted(b.url, 'bob')]
      expect(await ada.sends('general', 'over a socket')).toMatchObject({ type: 'message.ack' })
      const rest = await call(api.url, 'POST', '/v1/channels/general/messages', {
        text: 'over REST',
        user_id: 'ada',
      })
      expect(rest.status).toBe(201)
      await until('both are shown', () => numbers(bob).length === 2)

      const second = await start('sequencer')
      let sending = true
      const load = (async () => {
        while (sending) await ada.sends('general', 'during the change')
      })()
      const before = numbers(bob).length
      await until('the load is shown', () => numbers(bob).length > before + 5, 30_000)
      await first.server.close()
      const after = numbers(bob).length
      await until('it goes on', () => numbers(bob).length > after + 5, 30_000)
      sending = false
      await load
      await until('all is shown', () => numbers(bob).length === numbers(ada).length)
      const shown = numbers(bob)
      expect(shown).toEqual(Array.from(shown, (_, i) => (shown[0] ?? 0) + i))

      // R7, R8: whoever reads the topic gets every message, over the change of sequencers too
      const { kafkaBrokers = [], kafkaMessageSentTopic = '' } = settings
      await until(
        'all is fed',
        async () => {
          const fed = await readFeed(kafkaBrokers, kafkaMessageSentTopic, 'general')
          const seqs = new Set(fed.map(({ json }) => JSON.parse(json).channel_seq))
          return shown.every((seq) => seqs.has(seq))
        },
        30_000,
      )

      await api.server.admin.removeMember({ channelId: 'general', userId: 'bob' })
      expect(bob.all('channel.removed')).toHaveLength(1)
      for (const { url } of [api, a, second]) {
        const ready = await fetch(`${url}/readyz`)
        expect(await ready.json()).toMatchObject({
          status: 'ok',
          checks: { log: 'ok', store: 'ok', directory: 'ok', redis: 'ok', bus: 'ok' },
        })
      }
      expect((await fetch(`${second.url}/v1/workspaces`)).status).toBe(404)
      // what operators watch tells of it: at a gateway, and at the sequencer that has all partitions now
      const told = async ({ url }: { url: string }) =>
        samples(await (await fetch(`${url}/metrics`)).text())
      const atGateway = await told(a)
      for (const name of ['delivery_seconds_count', 'append_seconds_count', 'deliveries_total']) {
        expect.soft(atGateway.get(`tidings_${name}`), name).toBeGreaterThan(0)
      }
      const atSequencer = await told(second)
      for (const name of ['commands_total{result="events"}', 'store_write_seconds_count']) {
        expect.soft(atSequencer.get(`tidings_${name}`), name).toBeGreaterThan(0)
      }
      for (const partition of [0, 1, 2]) {
        const of = (name: string) => atSequencer.get(`tidings_${name}{partition="${partition}"}`)
        expect.soft([of('log_partition_held'), typeof of('log_lag')]).toEqual([1, 'number'])
      }
      await ada.end()
      await bob.end()
    }, 120_000)
  })
}
