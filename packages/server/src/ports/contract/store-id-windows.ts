import assert from 'node:assert/strict'
import type { IdRow } from '../../stream/event.js'
import { ID_WINDOW_MS, type IdWindow, idWindowOf } from '../../stream/id-window.js'
import type { MessageStore } from '../message-store.js'
import type { StoreCase } from './message-store.js'
import { StreamBuilder } from './stream-builder.js'

const FIRST_MS = Date.UTC(2026, 0, 1)
const stream = new StreamBuilder('c')

/** The remembered result of a command whose id was made so many windows after the first. */
function remembered(
  windowsLater: number,
  offset: number,
  fields: Partial<IdRow['id']> = {},
): IdRow {
  const digits = (FIRST_MS + windowsLater * ID_WINDOW_MS).toString(16).padStart(12, '0')
  const clientMsgId = `${digits.slice(0, 8)}-${digits.slice(8)}-7000-8000-${String(offset).padStart(12, '0')}`
  return {
    id: { channelId: 'c', userId: 'ada', clientMsgId, ...fields },
    position: stream.at(offset),
    acceptedAt: 7,
    result: { status: 'accepted', epoch: 1, channelSeq: offset + 1, messageId: 'm', ts: 7 },
  }
}

const windowOf = ({ id }: IdRow): IdWindow => {
  const window = idWindowOf(id)
  assert.ok(window)
  return window
}

const write = (store: MessageStore, ids: readonly IdRow[]) =>
  store.write({ generation: 1, partition: 0, runs: [], ids })

/** What is told of each window, in the order of positions. */
async function tell(store: MessageStore, windows: readonly IdWindow[], below = stream.at(0)) {
  const loaded = await store.load({ below, channels: [], ids: [], windows, targets: [] })
  assert.ok(loaded.windows)
  return loaded.windows.map((rows) =>
    rows?.toSorted((a, b) => a.position.offset - b.position.offset),
  )
}

/** R4, I7: a window of ids, told whole or not at all. */
export function windowCases(test: StoreCase): void {
  test('R4: an id that is in a window is told with it, wherever its position lies', async (harness) => {
    const store = await harness.open(1)
    assert.equal(store.tellsIdWindows, true)
    const rows = [0, 1, 2, 3].map((offset) => remembered(0, offset))
    const [first = remembered(0, 0)] = rows
    assert.deepEqual(await tell(store, [windowOf(first)]), [[]])
    await write(store, rows)
    for (const below of [0, 2, 9]) {
      assert.deepEqual(await tell(store, [windowOf(first)], stream.at(below)), [rows])
    }
  })

  test('R4: all rows of an id are told with its window', async (harness) => {
    const store = await harness.open(1)
    const first = remembered(0, 0)
    const rejected = { status: 'rejected', code: 'not_found', message: 'It is not there.' } as const
    const second = { ...first, position: stream.at(5), acceptedAt: 9, result: rejected }
    const third = { ...first, position: stream.at(8), acceptedAt: 10 }
    for (const row of [first, third, second]) await write(store, [row])
    assert.deepEqual(await tell(store, [windowOf(first)]), [[first, second, third]])
  })

  test('R4: windows are answered in the order asked, each with its own ids', async (harness) => {
    const store = await harness.open(1)
    const rows = [
      remembered(0, 0),
      remembered(1, 1),
      remembered(1, 2, { userId: 'bob' }),
      remembered(1, 3, { channelId: 'd' }),
      remembered(1, 4, { clientMsgId: 'of-another-form' }),
    ] as const
    await write(store, rows)
    const [first, second, , other] = [rows[0], rows[1], rows[2], rows[3]].map(windowOf)
    assert.ok(first && second && other)
    const none = { channelId: 'c', number: second.number + 1 }
    assert.deepEqual(await tell(store, [other, none, second, first, second]), [
      [rows[3]],
      [],
      [rows[1], rows[2]],
      [rows[0]],
      [rows[1], rows[2]],
    ])
  })

  test('R4, I7: of windows large and small each is told whole, or not at all', async (harness) => {
    const store = await harness.open(1)
    const sizes = [3, 120, 1_500, 90, 280, 310, 700, 1, 299, 0, 150, 301, 300]
    let offset = 0
    const windows = sizes.map((size, i) =>
      Array.from({ length: size }, () => remembered(i, offset++)),
    )
    for (const rows of windows) await write(store, rows)
    const { number } = windowOf(remembered(0, 0))
    const asked = sizes.map((_, i) => ({ channelId: 'c', number: number + i }))
    const told = await tell(store, asked)
    assert.equal(told.length, sizes.length)
    told.forEach((rows, i) => {
      const size = sizes[i] ?? 0
      if (rows !== undefined || size <= 100) assert.deepEqual(rows, windows[i], `of ${size} ids`)
    })
  })
}
