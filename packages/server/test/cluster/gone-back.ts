import kafkajs from 'kafkajs'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { StartError } from '../../src/compose/start-error.js'
import { flagOf } from '../../src/config/load.js'
import { createServer, type ServerOptions, type TidingsServer } from '../../src/index.js'
import { killCommands, startCommand } from '../support/command.js'
import { type Received, Session } from '../support/session.js'
import { until } from '../support/wait.js'
import { settingsOfCluster } from './real.js'

/** What somebody does to the store while nobody looks. */
export interface StoreOperator {
  /** Takes every message and everything that is known of them. */
  empty(): Promise<void>
  /** As an older backup is: whatever was marked, the store knows half of it. */
  rollBack(): Promise<void>
  /** Takes the last messages, and what is known of them; resolves to an offset below which all is there. */
  loseLast(): Promise<number>
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
    type Roles = ServerOptions['roles']
    const startAs = async (roles: Roles): Promise<{ server: TidingsServer; url: string }> => {
      const server = await createServer({
        ...settings,
        roles,
        authenticate: async (token: string) => ({ userId: token }),
      })
      running.add(server)
      return { server, url: (await server.listen({ port: 0 })).url }
    }
    const start = async () => (await startAs(['api', 'sequencer'])).server
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
    const groupId = `${settings.kafkaGroupPrefix}.g1`
    const topic = `${settings.kafkaTopicPrefix}.g1`
    const committed = async () => {
      const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] })
      return Number(offsets?.partitions[0]?.offset)
    }
    const setBack = async (offset: number) => {
      await admin.setOffsets({
        groupId,
        topic,
        partitions: [{ partition: 0, offset: `${offset}` }],
      })
      expect(await committed()).toBe(offset)
    }
    /** What `/readyz` says of the partitions that a sequencer has. */
    const toldOf = async (url: string): Promise<string> => {
      const answer = (await (await fetch(`${url}/readyz`)).json()) as {
        readonly checks: { readonly partitions: string }
      }
      return answer.checks.partitions
    }
    let operator: StoreOperator | undefined

    afterEach(killCommands)
    afterAll(async () => {
      for (const server of running) await server.close()
      await operator?.close()
      await admin.disconnect()
    })

    it('R4, R5: offsets of the sequencers are set back, and what the store lost is folded again from the log, with the same numbers', async () => {
      const [front, first] = await Promise.all([
        startAs(['api', 'gateway']),
        startAs(['sequencer']),
      ])
      const { admin: operations } = front.server
      await operations.upsertWorkspace({ workspaceId: 'w' })
      await operations.upsertChannel({ workspaceId: 'w', channelId: 'general' })
      await operations.upsertMember({ channelId: 'general', userId: 'ada', role: 'member' })
      for (let i = 0; i < 5; i++) await say(front.server, `${i}`)
      // a join and the five
      await until('all is committed', async () => (await committed()) === 6, PATIENCE_MS)
      const said = async () =>
        (await operations.history({ channelId: 'general', onlyMessages: true })).messages
      const before = await said()
      expect(before).toMatchObject(['0', '1', '2', '3', '4'].map((text) => ({ text })))
      const ada = await Session.greeted(front.url, 'ada', { lastSeqMap: { general: 6 } })

      operator = await operatorOf(settings)
      const from = await operator.loseLast()
      const clientMsgId = crypto.randomUUID()
      // as the SDK does: the same again, until it is answered with an ack
      const insists = () => ada.sends('general', 'after the loss', { client_msg_id: clientMsgId })
      const answers = [insists().catch(() => undefined)]
      await until('it is told', async () => (await toldOf(first.url)) !== 'ok', PATIENCE_MS)
      await expect(setBack(from), 'not while they are read').rejects.toThrow('running instances')
      await stop(first.server)
      await setBack(from)
      const second = await startAs(['sequencer'])
      await until('all is committed again', async () => (await committed()) === 7, PATIENCE_MS)
      expect(await toldOf(second.url)).toBe('ok')
      answers.push(insists())
      const acks = (await Promise.all(answers)).filter((one) => one?.type === 'message.ack')
      expect(acks.at(-1)).toMatchObject({ channel_seq: 7 })
      expect(new Set(acks.map(({ channel_seq: seq }) => seq)).size).toBe(1)
      await until('the repeat is committed', async () => (await committed()) === 8, PATIENCE_MS)
      expect((await said()).slice(0, 5)).toEqual(before)

      await ada.hears('message.new', ({ text }) => text === 'after the loss')
      expect(ada.all('message.new').map(({ channel_seq: seq }) => seq)).toEqual([7])
      // who comes anew reads all of it, the join too
      const newcomer = await Session.greeted(front.url, 'ada', { deviceId: 'd2' })
      const { messages } = await newcomer.asks({
        type: 'backfill.request',
        channel_id: 'general',
        direction: 'forward',
        limit: 50,
      })
      expect(messages.map((event: Received) => [event.channel_seq, event.text])).toEqual([
        [1, undefined],
        ...['0', '1', '2', '3', '4', 'after the loss'].map((text, i) => [i + 2, text]),
      ])
      await stop(second.server)
      await stop(front.server)
    })

    it('R8: a store that is as it was is taken, and one that knows half of it is refused at the start', async () => {
      await stop(await start())
      await operator?.rollBack()
      const refused = await start().catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(StartError)
      expect(String(refused)).toMatch(/: The store has gone back: .* offset 8 .* offset 4\.$/)
      expect(await committed()).toBe(8)
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
      const told = () => toldOf(url)
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
