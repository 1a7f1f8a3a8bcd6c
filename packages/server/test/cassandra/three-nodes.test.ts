import type { Client } from 'cassandra-driver'
import { afterAll, describe, expect, it } from 'vitest'
import { startServices } from '../../../../scripts/services/index.js'
import {
  type CassandraStoreOptions,
  createCassandraMessageStore,
} from '../../src/adapters/cassandra/message-store.js'
import { withDefaults } from '../../src/adapters/cassandra/options.js'
import { openSession } from '../../src/adapters/cassandra/session/session.js'
import { StampedStatement } from '../../src/adapters/cassandra/session/stamped.js'
import { connect } from '../../src/adapters/cassandra/start/connect.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { type MessageStore, StoreUnavailable } from '../../src/ports/message-store.js'
import { until } from '../support/wait.js'

const services = await startServices({ cassandra: 3 })
afterAll(() => services.close(), 60_000)
const { contactPoints, port, localDataCenter, nodes } = services.cassandra

const CHANNELS = 30
/** No request is given up, and no connection is taken for dead. */
const ENDLESS = { requestTimeoutMs: 600_000, heartbeatIntervalMs: 600_000 }

const open = (options: Partial<CassandraStoreOptions> = {}) =>
  createCassandraMessageStore({
    contactPoints,
    port,
    localDataCenter,
    createKeyspace: true,
    ...options,
  })

describe('three nodes', () => {
  it('are set up once by processes that start at once, each through another node', {
    timeout: 120_000,
  }, async () => {
    // each starts through a node of its own
    const stores = await Promise.all(
      contactPoints.map((_, i) =>
        open({ contactPoints: [...contactPoints.slice(i), ...contactPoints.slice(0, i)] }),
      ),
    )
    for (const [i, store] of stores.entries()) {
      await store.write(new StreamBuilder(`set-up-${i}`).say('hello').batch())
      expect(store.minCommitLagMs).toBe(0)
    }
    const ids = stores.map((_, i) => `set-up-${i}`)
    for (const store of stores) {
      expect((await store.heads(ids)).map((head) => head?.headSeq)).toEqual([1, 1, 1])
      await store.close()
    }
  })

  it('are asked of another when one is frozen: reading and writing go on, without waiting for it', {
    timeout: 180_000,
  }, async () => {
    // whoever waits for one node alone waits until it thaws
    const store = await open(ENDLESS)
    const channels = Array.from({ length: CHANNELS }, (_, i) => `frozen-${i}`)
    const streams = channels.map((channelId) => new StreamBuilder(channelId))
    /** One more message in every channel, then all of each channel, all at once. */
    async function round(text: string): Promise<void> {
      const writes = streams.map((stream) => {
        const index = stream.say(text).length - 1
        return store.write(stream.batch(index, index + 1))
      })
      await Promise.all(writes)
      const read = await Promise.all(
        channels.map((channelId) => store.pages([{ channelId, direction: 'forward', limit: 50 }])),
      )
      expect(read.map(([page]) => page?.events)).toEqual(streams.map(({ events }) => events))
    }
    const settings = withDefaults({ contactPoints, port, localDataCenter, ...ENDLESS })
    const client = await connect(settings)
    const patient = await connect({ ...settings, speculativeDelayMs: 2_000 })
    /** Whether a second node was asked for the head of a channel, and how long it took. */
    const askHead = (asking: Client, channelId: string) =>
      timed(
        asking.execute('SELECT head FROM tidings.heads WHERE channel_id = ?', [channelId], {
          prepare: true,
          isIdempotent: true,
        }),
      )
    /** Asks for all heads: how long the first took for which a second node was asked, in milliseconds. */
    async function soonestSecond(asking: Client): Promise<number> {
      const asked = await Promise.all(channels.map((channelId) => askHead(asking, channelId)))
      const second = asked.filter(({ result }) => result.info.speculativeExecutions > 0)
      expect(second.length).toBeGreaterThan(0)
      return Math.min(...second.map(({ ms }) => ms))
    }
    // statements are prepared by it, on every node
    await round('before')
    for (const asking of [client, patient]) await askHead(asking, 'none')
    await nodes[1]?.freeze()
    try {
      // 100 ms, and the answer: on a busy machine too it comes before that of who waits for longer
      const [soonest, soonestOfPatient] = await Promise.all([client, patient].map(soonestSecond))
      expect(soonest).toBeGreaterThan(95)
      expect(soonestOfPatient).toBeGreaterThan(1_995)
      expect(soonest).toBeLessThan(soonestOfPatient ?? 0)
      for (let i = 0; i < 3; i++) await round(`meanwhile ${i}`)
    } finally {
      await nodes[1]?.thaw()
    }
    await until(
      'every replica answers, with all that was written meanwhile',
      async () => (await Promise.all(streams.map((one) => answersAll(store, one)))).every(Boolean),
      60_000,
    )
    await store.close()
    await client.shutdown()
    await patient.shutdown()
  })

  it('are asked for a row where it lies: no node asks another one first', {
    timeout: 120_000,
  }, async () => {
    const settings = withDefaults({
      contactPoints,
      port,
      localDataCenter,
      // nobody else is asked because one is slow
      speculativeDelayMs: 60_000,
    })
    const client = await connect(settings)
    await client.execute(
      `CREATE KEYSPACE one_copy WITH replication = {'class': 'NetworkTopologyStrategy', '${localDataCenter}': 1}`,
    )
    await client.execute('CREATE TABLE one_copy.rows (id text PRIMARY KEY, cell text)')
    await client.metadata.refreshKeyspace('one_copy')
    const asked: string[] = []
    const noting = Object.assign(Object.create(client), {
      async execute(...call: Parameters<Client['execute']>) {
        const result = await client.execute(...call)
        asked.push(result.info.queriedHost)
        return result
      },
    }) as Client
    const session = openSession(noting, settings)
    const insert = new StampedStatement(
      'INSERT INTO one_copy.rows (id, cell) VALUES (?, ?) USING TIMESTAMP ?',
    )
    const owners = new Set<string>()
    for (let i = 0; i < 20; i++) {
      const id = `row ${i}`
      await session.write([insert.at({ generation: 1, partition: 0, offset: i }, [id, 'cell'])])
      await session.read('SELECT cell FROM one_copy.rows WHERE id = ?', [id], 'quorum')
      const { rows } = await client.execute(
        'SELECT token(id) AS place FROM one_copy.rows WHERE id = ?',
        [id],
        { prepare: true },
      )
      const owner = await ownerOf(client, BigInt(rows[0]?.place))
      owners.add(owner)
      expect(asked.splice(0), id).toEqual([owner, owner])
    }
    expect(owners.size).toBe(3)
    await client.shutdown()
  })

  it('I1: lose nothing that was written when one is killed, and writing goes on', {
    timeout: 120_000,
  }, async () => {
    const back: string[] = []
    const store = await open({ onNodeBack: (address) => back.push(address) })
    const stream = new StreamBuilder('killed')
    async function send(text: string): Promise<void> {
      const index = stream.say(text).length - 1
      // as the sequencer does: the same again, until it is in
      await until('the batch is written', () =>
        store.write(stream.batch(index, index + 1)).then(
          () => true,
          (error: unknown) => {
            if (!(error instanceof StoreUnavailable)) throw error
            return false
          },
        ),
      )
    }
    for (let i = 0; i < 50; i++) await send(`before ${i}`)
    const dying = nodes[2]?.kill()
    for (let i = 0; i < 100; i++) await send(`meanwhile ${i}`)
    await dying
    for (let i = 0; i < 20; i++) await send(`after ${i}`)
    const loaded = await store.load({
      below: stream.at(stream.length),
      channels: ['killed'],
      ids: [stream.idRow(7).id],
      targets: [],
    })
    expect(loaded.channels[0]?.state).toEqual(stream.state)
    expect(loaded.ids).toEqual([stream.idRow(7)])
    expect(store.strongReads.quorumOnly).toBeGreaterThan(0)
    const second = store.load({ ...onlyBelow(stream), confirm: true })
    await expect(second, 'R3: a second look waits for every replica').rejects.toThrow(
      StoreUnavailable,
    )
    const [page] = await store.pages([{ channelId: 'killed', direction: 'forward', limit: 500 }])
    expect(page?.events).toEqual(stream.events)

    await nodes[2]?.start()
    await until('the node is back', () => back.length > 0, 60_000)
    await until('every replica answers', () => answersAll(store, stream), 60_000)
    await store.close()
  })
})

/** The node of whose part of the ring a token is, as the nodes themselves say. */
async function ownerOf(client: Client, token: bigint): Promise<string> {
  const nodes: { readonly address: string; readonly end: bigint }[] = []
  for (const host of client.hosts.values()) {
    const { rows } = await client.execute('SELECT tokens FROM system.local', [], { host })
    nodes.push({ address: host.address, end: BigInt(rows[0]?.tokens[0]) })
  }
  nodes.sort((a, b) => (a.end < b.end ? -1 : 1))
  const owner = nodes.find(({ end }) => token <= end) ?? nodes[0]
  if (owner === undefined) throw new Error('there is no node')
  return owner.address
}

/** Resolves to what was asked for, and how long it took. */
async function timed<T>(asked: Promise<T>): Promise<{ readonly result: T; readonly ms: number }> {
  const start = performance.now()
  const result = await asked
  return { result, ms: performance.now() - start }
}

/** Whether every replica of a channel answers, with all of it. */
const answersAll = (store: MessageStore, stream: StreamBuilder): Promise<boolean> =>
  store.load({ ...onlyBelow(stream), confirm: true }).then(
    ({ channels }) => channels[0]?.state?.headSeq === stream.length,
    () => false,
  )

const onlyBelow = (stream: StreamBuilder) => ({
  below: stream.at(stream.length),
  channels: [stream.channelId],
  ids: [],
  targets: [],
})
