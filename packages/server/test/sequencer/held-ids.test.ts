import { describe, expect, it } from 'vitest'
import { HeldIds } from '../../src/sequencer/held-ids.js'
import { BatchLoad } from '../../src/sequencer/load.js'
import { AssignmentMemory } from '../../src/sequencer/memory.js'
import type { IdRow } from '../../src/stream/event.js'
import { ID_WINDOW_MS, type IdWindow } from '../../src/stream/id-window.js'
import { send } from './world.js'

const END = { generation: 9, partition: 0, offset: 0 }
const window = (number: number): IdWindow => ({ channelId: 'c', number })

function row(number: number, offset: number, name = offset): IdRow {
  const digits = number.toString(16).padStart(9, '0')
  const clientMsgId = `${digits.slice(0, 8)}-${digits.slice(8)}000-7000-8000-${String(name).padStart(12, '0')}`
  return {
    id: { channelId: 'c', userId: 'ada', clientMsgId },
    position: { generation: 1, partition: 0, offset },
    acceptedAt: 7,
    result: { status: 'accepted', epoch: 1, channelSeq: offset + 1, messageId: 'm', ts: 7 },
  }
}

const isHeld = (held: HeldIds, number: number): boolean =>
  held.known(row(number, 0, 999).id, END) !== undefined

describe('ids that are held (R4)', () => {
  it('R4: an id that is not in its window is unknown; one whose window is not held must be asked for', () => {
    const held = new HeldIds()
    held.install(window(1), [row(1, 5)])
    expect(held.known(row(1, 5).id, END)).toEqual({ row: row(1, 5) })
    expect(held.known(row(1, 6).id, END)).toEqual({ row: undefined })
    expect(held.known(row(2, 5).id, END)).toBeUndefined()
  })

  it('R4: what is added in whatever order is told by position, the same row once', () => {
    const held = new HeldIds({ maxWindows: 10, maxRows: 3 })
    held.install(window(1), [row(1, 8, 1), row(1, 2, 1)])
    for (const offset of [5, 2, 8, 5]) held.add(row(1, offset, 1))
    const below = (offset: number) => ({ generation: 1, partition: 0, offset })
    const known = [2, 3, 5, 6, 9].map(
      (offset) => held.known(row(1, 0, 1).id, below(offset))?.row?.position.offset,
    )
    expect(known).toEqual([undefined, 2, 2, 5, 8])
  })

  it('R4: nothing is added to a window that is not held: what is not whole must not answer', () => {
    const held = new HeldIds()
    held.add(row(1, 5))
    held.install(window(2), undefined)
    held.add(row(2, 5))
    expect([1, 2].map((number) => isHeld(held, number))).toEqual([false, false])
  })

  it('I7: of too many windows those that came first go, and with one go all of its rows', () => {
    const held = new HeldIds({ maxWindows: 2, maxRows: 100 })
    for (const number of [1, 2, 3]) held.install(window(number), [row(number, number)])
    expect([1, 2, 3].map((number) => isHeld(held, number))).toEqual([false, true, true])
  })

  it('I7: of windows of long ago nothing is kept', () => {
    const held = new HeldIds()
    for (const number of [1, 2, 12, 14]) held.install(window(number), [])
    expect([1, 2, 12, 14].map((number) => isHeld(held, number))).toEqual([false, true, true, true])
  })

  it('I7: of too many rows the windows that came first go, at last the one that is written to', () => {
    const held = new HeldIds({ maxWindows: 10, maxRows: 3 })
    held.install(window(1), [row(1, 1)])
    held.install(window(2), [row(2, 2)])
    held.add(row(2, 3))
    expect([1, 2].map((number) => isHeld(held, number))).toEqual([true, true])
    held.add(row(2, 4))
    expect([1, 2].map((number) => isHeld(held, number))).toEqual([false, true])
    held.add(row(2, 5))
    expect(isHeld(held, 2)).toBe(false)
    held.install(window(3), [row(3, 6), row(3, 7), row(3, 8)])
    expect(isHeld(held, 3)).toBe(true)
  })

  it('I7, R4: an id whose window had to go as soon as it was told is asked for alone', () => {
    const memory = new AssignmentMemory(new HeldIds({ maxWindows: 0, maxRows: 0 }))
    const { id, position } = row(1, 5)
    const command = send('hello', { ...id, acceptedAt: ID_WINDOW_MS })
    const load = new BatchLoad(memory, [{ position, command }], position)
    const channel = { state: undefined, stored: undefined, above: [] }
    const windows = [1, 2, 3, 4].map(window)
    expect(load.request()).toMatchObject({ channels: ['c'], ids: [], windows })
    const told = [[row(1, 3, 5)], [], [], []]
    load.install({ channels: [channel], ids: [], windows: told, targets: [] })
    expect(load.request()).toMatchObject({ channels: [], ids: [id], targets: [] })
    load.install({ channels: [], ids: [row(1, 3, 5)], targets: [] })
    expect(load.request()).toBeUndefined()
    expect(load.id(0)).toEqual(row(1, 3, 5))
  })

  it('I7: a window that is too large to be held is not held', () => {
    const held = new HeldIds({ maxWindows: 10, maxRows: 2 })
    held.install(window(1), [row(1, 1), row(1, 2), row(1, 3)])
    expect(isHeld(held, 1)).toBe(false)
  })
})
