import { afterAll, describe, expect, it } from 'vitest'
import { startServices } from '../../../../scripts/services/index.js'
import {
  type CassandraStoreOptions,
  createCassandraMessageStore,
} from '../../src/adapters/cassandra/message-store.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { StoreUnavailable } from '../../src/ports/message-store.js'
import { until } from '../support/wait.js'

const services = await startServices({ cassandra: 3 })
afterAll(() => services.close(), 60_000)
const { contactPoints, port, localDataCenter, nodes } = services.cassandra

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
    await until(
      'every replica answers',
      () =>
        store.load({ ...onlyBelow(stream), confirm: true }).then(
          ({ channels }) => channels[0]?.state?.headSeq === stream.length,
          () => false,
        ),
      60_000,
    )
    await store.close()
  })
})

const onlyBelow = (stream: StreamBuilder) => ({
  below: stream.at(stream.length),
  channels: ['killed'],
  ids: [],
  targets: [],
})
