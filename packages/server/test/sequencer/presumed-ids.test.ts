import { describe, expect, it } from 'vitest'
import { StoreTables } from '../../src/adapters/memory/store-tables.js'
import { IdsKnown, type LoadRequest, type MessageStore } from '../../src/ports/message-store.js'
import type { Command } from '../../src/stream/command.js'
import { createWorld, send } from './world.js'

const again = (first: Command): Command => ({
  ...first,
  messageId: `${first.messageId}-again`,
  origin: { processId: 'p2', replyTo: `again-${first.messageId}` },
})

/** A world over a store that looks for ids when it writes, and what it was asked. */
async function watched(fail: (store: MessageStore) => Partial<MessageStore> = () => ({})) {
  const loads: LoadRequest[] = []
  let refused = 0
  const world = await createWorld({
    tables: new StoreTables(),
    stores: { writes: 'whole' },
    wrap: (store) => ({
      ...store,
      load(request) {
        loads.push(request)
        return store.load(request)
      },
      write: (batch) =>
        store.write(batch).catch((error: unknown) => {
          if (error instanceof IdsKnown) refused += 1
          throw error
        }),
      ...fail(store),
    }),
  })
  return { world, loads, refused: () => refused }
}

describe('ids that are taken for unknown (R4)', () => {
  it('R4: what is said in a known channel is stored without asking for its ids', async () => {
    const { world, loads } = await watched()
    await world.submit(send('first'))
    loads.length = 0
    const [second] = await world.submit(send('second'))
    expect(second).toMatchObject({ deduplicated: false, result: { channelSeq: 2 } })
    expect(loads).toEqual([])
  })

  it('I3, R4: a repeat of what is stored is found by the write, and answered with the first result', async () => {
    const { world, loads, refused } = await watched()
    const first = send('once')
    const [one] = await world.submit(first)
    loads.length = 0
    const [between, two, after] = await world.submit(send('between'), again(first), send('after'))
    expect(refused()).toBe(1)
    expect(two).toMatchObject({ deduplicated: true, result: one?.result })
    expect([between, after]).toMatchObject([
      { deduplicated: false, result: { channelSeq: 2 } },
      { deduplicated: false, result: { channelSeq: 3 } },
    ])
    expect(loads.map(({ ids }) => ids.length)).toEqual([3])
    expect((await world.served()).map((event) => event.channel_seq)).toEqual([1, 2, 3])
  })

  it('I2, R4: what was folded in vain leaves nothing behind: a later batch goes on from what is stored', async () => {
    const { world } = await watched()
    const first = send('once')
    await world.submit(first)
    await world.submit(send('two'), again(first))
    const [next, repeat] = await world.submit(send('three'), again(first))
    expect(next).toMatchObject({ deduplicated: false, result: { channelSeq: 3 } })
    expect(repeat).toMatchObject({ deduplicated: true, result: { channelSeq: 1 } })
  })

  it('a store that does not look is asked first', async () => {
    const { world, loads } = await watched(() => ({ checksUnknown: undefined }))
    await world.submit(send('first'))
    loads.length = 0
    await world.submit(send('second'))
    expect(loads).toHaveLength(1)
  })
})
