import { describe, expect, it } from 'vitest'
import { createMemoryMessageStore } from '../../src/adapters/memory/message-store.js'
import { StoreTables } from '../../src/adapters/memory/store-tables.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { StoreDamaged, StoreUnavailable } from '../../src/ports/message-store.js'
import type { WriteStep } from '../../src/stream/write-steps.js'

describe('the message store in memory', () => {
  it('R3, R6: two commands at one number stay two rows, and whoever reads them is told', async () => {
    const tables = new StoreTables()
    const store = createMemoryMessageStore({ tables })
    await store.write(new StreamBuilder('c').say('one').batch())
    await store.write(new StreamBuilder('c', { firstOffset: 7 }).say('other').batch())
    expect(tables.bucket({ channelId: 'c', epoch: 1, bucket: 0 }).rows).toHaveLength(2)
    const page = store.pages([{ channelId: 'c', direction: 'forward', limit: 5 }])
    await expect(page).rejects.toThrow(StoreDamaged)
  })

  it('I6: a number below the head that is not there is never skipped', async () => {
    const stream = new StreamBuilder('c').say('one').say('two').say('three')
    const tables = new StoreTables()
    const store = createMemoryMessageStore({ tables })
    await store.write(stream.batch(0, 1))
    await store.write(stream.batch(2, 3))
    const page = store.pages([{ channelId: 'c', direction: 'forward', limit: 5 }])
    await expect(page).rejects.toThrow(StoreUnavailable)
  })

  it('R6: the steps of a batch can be held back, done twice, or torn', async () => {
    const held: (() => void)[] = []
    const seen: WriteStep['step'][] = []
    const store = createMemoryMessageStore({
      onStep(step, apply) {
        seen.push(step.step)
        held.push(apply)
      },
    })
    await store.write(new StreamBuilder('c').say('one').batch())
    expect(seen).toEqual(['rows', 'id', 'state'])
    expect(await store.heads(['c'])).toEqual([undefined])
    for (const apply of [...held, ...held]) apply()
    expect(await store.heads(['c'])).toMatchObject([{ headSeq: 1 }])
  })

  it('I5: whatever the order and number of times in which steps land, the store is the same', async () => {
    const steps: (() => void)[] = []
    const stream = new StreamBuilder('c')
      .say('one')
      .edit(1, 'uno')
      .edit(1, 'eins')
      .react(1, '👍', 'bob')
    const tables = new StoreTables()
    const late = createMemoryMessageStore({ tables, onStep: (_, apply) => void steps.push(apply) })
    for (let i = 0; i < stream.length; i++) await late.write(stream.batch(i, i + 1))
    for (const apply of [...steps.toReversed(), ...steps]) apply()
    const straight = createMemoryMessageStore()
    await straight.write(stream.batch())
    const query = [{ channelId: 'c', direction: 'forward', limit: 9 }] as const
    expect(await late.pages(query)).toEqual(await straight.pages(query))
    const request = { below: stream.at(9), channels: ['c'], ids: [stream.idRow(1).id], targets: [] }
    expect(await late.load(request)).toEqual(await straight.load(request))
  })

  it('a closed store answers nothing', async () => {
    const store = createMemoryMessageStore()
    await store.close()
    await expect(store.heads(['c'])).rejects.toThrow(StoreUnavailable)
    await expect(store.write(new StreamBuilder('c').say('x').batch())).rejects.toThrow(
      StoreUnavailable,
    )
  })
})
