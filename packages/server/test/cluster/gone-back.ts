import kafkajs from 'kafkajs'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { StartError } from '../../src/compose/start-error.js'
import { flagOf } from '../../src/config/load.js'
import { createServer, type ServerOptions, type TidingsServer } from '../../src/index.js'
import { killCommands, startCommand } from '../support/command.js'
import { until } from '../support/wait.js'
import { settingsOfCluster } from './real.js'

/** What somebody does to the store while nobody looks. */
export interface StoreOperator {
  /** Takes every message and everything that is known of them. */
  empty(): Promise<void>
  /** As an older backup is: whatever was marked, the store knows half of it. */
  rollBack(): Promise<void>
  close(): Promise<void>
}

const PATIENCE_MS = 30_000

const flags = (settings: object): string[] =>
  Object.entries(settings).flatMap(([name, value]) =>
    value === true ? [flagOf(name)] : [flagOf(name), String(value)],
  )

/** The same, whichever store: the log keeps its offsets, and the store does not. */
export function goneBackOver(
  store: 'postgres' | 'cassandra',
  operatorOf: (settings: Partial<ServerOptions>) => Promise<StoreOperator>,
): void {
  describe(`messages in ${store}, and Kafka kept its offsets`, { timeout: 120_000 }, async () => {
    const settings = { ...(await settingsOfCluster(store)), kafkaPartitions: 1 }
    const running = new Set<TidingsServer>()
    const start = async (): Promise<TidingsServer> => {
      const server = await createServer({
        ...settings,
        roles: ['api', 'sequencer'],
        authenticate: async (token: string) => ({ userId: token }),
      })
      running.add(server)
      await server.listen({ port: 0 })
      return server
    }
    const stop = async (server: TidingsServer) => {
      running.delete(server)
      await server.close()
    }
    const say = (server: TidingsServer, text: string) =>
      server.admin.send({ channelId: 'general', userId: 'ada', text })
    const kafka = new kafkajs.Kafka({
      brokers: [...(settings.kafkaBrokers ?? [])],
      logLevel: kafkajs.logLevel.NOTHING,
    })
    const admin = kafka.admin()
    await admin.connect()
    const committed = async () => {
      const [offsets] = await admin.fetchOffsets({
        groupId: `${settings.kafkaGroupPrefix}.g1`,
        topics: [`${settings.kafkaTopicPrefix}.g1`],
      })
      return Number(offsets?.partitions[0]?.offset)
    }
    let operator: StoreOperator | undefined

    afterEach(killCommands)
    afterAll(async () => {
      for (const server of running) await server.close()
      await operator?.close()
      await admin.disconnect()
    })

    it('R8: a store that is as it was is taken, and one that knows half of it is refused at the start', async () => {
      const server = await start()
      await server.admin.upsertWorkspace({ workspaceId: 'w' })
      await server.admin.upsertChannel({ workspaceId: 'w', channelId: 'general' })
      await server.admin.upsertMember({ channelId: 'general', userId: 'ada', role: 'member' })
      for (let i = 0; i < 5; i++) await say(server, `${i}`)
      // a join and the five
      await until('all is committed', async () => (await committed()) === 6, PATIENCE_MS)
      await stop(server)
      await stop(await start())

      operator = await operatorOf(settings)
      await operator.rollBack()
      const refused = await start().catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(StartError)
      expect(String(refused)).toMatch(/: The store has gone back: .* offset 6 .* offset 3\.$/)
      expect(await committed()).toBe(6)
    })

    it('R8: so is one that was emptied, in one sentence with the settings and the remedy, whatever the roles', async () => {
      await operator?.empty()
      const looks = ['sequencer', 'gateway'].map(async (roles) => {
        const command = startCommand(
          flags({ ...settings, roles, devLogin: true, port: 0, logLevel: 'silent' }),
        )
        const listens = command.url.then(() => {
          throw new Error('it listens')
        })
        const { code, stdout, stderr } = await Promise.race([command.ended, listens])
        expect(code).toBe(1)
        expect(stdout).toBe('')
        // beside it there is a warning of the runtime, about a timer of the Kafka client
        const told = stderr.split('\n').filter((line) => line.includes('The store has gone back'))
        expect(told).toHaveLength(1)
        expect(told[0]).toContain(store === 'postgres' ? 'postgresUrl' : 'cassandraKeyspace')
        expect(told[0]).toContain('tidings log renew --force')
      })
      await Promise.all(looks)
    })

    it('R10: the log is renewed, and then the store is taken; R3: one that goes back under a sequencer stops the partition', async () => {
      const renewing = startCommand([
        'log',
        'renew',
        '--force',
        ...flags({ ...settings, logLevel: 'silent' }),
      ])
      expect(await renewing.ended).toMatchObject({ code: 0 })
      const server = await start()
      const fatal: Error[] = []
      server.onFatal((error) => fatal.push(error))
      const { url } = await server.listen({ port: 0 })
      const told = async (): Promise<string> => {
        const answer = (await (await fetch(`${url}/readyz`)).json()) as {
          readonly checks: { readonly partitions: string }
        }
        return answer.checks.partitions
      }
      expect(await told()).toBe('ok')
      // nothing is left of what was numbered before
      expect(await say(server, 'after the renewal')).toMatchObject({ channel_seq: 1 })
      await operator?.empty()
      const waits = say(server, 'to nobody').catch(() => undefined)
      await until('it is told', async () => (await told()) !== 'ok', PATIENCE_MS)
      expect(await told()).toMatch(
        /^degraded: partition 0 is stopped: .*gone back.*tidings log renew/,
      )
      expect(await (await fetch(`${url}/metrics`)).text()).toMatch(
        /^tidings_partitions_stopped 1$/m,
      )
      // others would be numbered on
      expect(fatal).toEqual([])
      await stop(server)
      await waits
    })
  })
}
