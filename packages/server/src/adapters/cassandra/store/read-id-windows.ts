import type { IdRow } from '../../../stream/event.js'
import type { IdWindow } from '../../../stream/id-window.js'
import type { Row } from '../session/session.js'
import type { Statements } from '../statements.js'
import { idIn, windowSlot } from './id-slot.js'
import { idRowIn } from './rows.js'
import type { Read } from './strongest.js'

/** Of a window that is told (I7); mostly it is empty, because it is asked for when it begins. */
const MAX_WINDOW_ROWS = 300
/** Windows that are asked for in one request. */
const WINDOWS_PER_READ = 20

/** In the order asked: all rows of a window, undefined where there are too many (R4). */
export async function readIdWindows(
  read: Read,
  statements: Statements,
  windows: readonly IdWindow[],
): Promise<readonly (readonly IdRow[] | undefined)[]> {
  const slots = windows.map(windowSlot)
  const found = new Map(slots.map((slot): [string, Row[]] => [slot, []]))
  const reads: Promise<readonly Row[]>[] = []
  const asked = [...found.keys()]
  for (let i = 0; i < asked.length; i += WINDOWS_PER_READ) {
    const some = asked.slice(i, i + WINDOWS_PER_READ)
    reads.push(read(statements.idWindows, [some, MAX_WINDOW_ROWS + 1]))
  }
  for (const row of (await Promise.all(reads)).flat()) found.get(String(row.slot))?.push(row)
  return windows.map((window, i) => {
    const rows = found.get(slots[i] ?? '') ?? []
    if (rows.length > MAX_WINDOW_ROWS) return undefined
    return rows.map((row) => idRowIn(idIn(window, String(row.id)), row))
  })
}
