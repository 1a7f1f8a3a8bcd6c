import type { LoadRequest } from '../../src/ports/message-store.js'
import type { IdRow } from '../../src/stream/event.js'
import type { IdWindow } from '../../src/stream/id-window.js'
import { comparePositions } from '../../src/stream/position.js'
import { memoryStoreHarness } from './memory-store.js'
import type { WrongStore } from './wrong-stores.js'

/** Changes what is told of windows of ids. */
const wrong = (
  change: (rows: readonly IdRow[], request: LoadRequest) => readonly IdRow[] | undefined,
  fails: RegExp,
  ask = (window: IdWindow) => window,
): WrongStore => ({
  transactional: false,
  fails,
  make: memoryStoreHarness('steps', (store) => ({
    ...store,
    async load(request) {
      const loaded = await store.load({ ...request, windows: request.windows?.map(ask) })
      const windows = loaded.windows?.map((rows) => rows && change(rows, request))
      return { ...loaded, windows }
    },
  })),
})

/** Each tells windows of ids in a way of its own, and wrong. */
export const WRONG_WINDOWS: Readonly<Record<string, WrongStore>> = {
  'tells of a window only what lies below': wrong(
    (rows, { below }) => rows.filter(({ position }) => comparePositions(position, below) < 0),
    /^R4: an id that is in a window/,
  ),
  'tells no window': wrong(() => undefined, /^R4: an id that is in a window/),
  'tells of a window the newest row of each id': wrong(
    (rows) => [...new Map(rows.map((row) => [row.id.clientMsgId, row])).values()],
    /^R4: all rows of an id/,
  ),
  'tells the window of another channel': wrong(
    (rows) => rows,
    /^R4: windows are answered in the order asked/,
    (window) => ({ ...window, channelId: 'c' }),
  ),
  'tells the beginning of a window that is too large': wrong(
    (rows) => rows.slice(0, 200),
    /^R4, I7: of windows large and small/,
  ),
}
