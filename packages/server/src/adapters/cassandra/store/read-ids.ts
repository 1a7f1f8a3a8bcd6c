import type { CommandId } from '../../../stream/command.js'
import type { IdRow } from '../../../stream/event.js'
import { comparePositions, type Position } from '../../../stream/position.js'
import type { Row } from '../session/session.js'
import type { Statements } from '../statements.js'
import { idInSlot, idSlot } from './id-slot.js'
import { idRowIn, positionIn } from './rows.js'
import type { Read } from './strongest.js'

/** Ids, and partitions of them, that are asked for in one request at most. */
const IDS_PER_READ = 100
const SLOTS_PER_READ = 20

/** In the order asked: of an id's rows the highest below the position (R4). */
export async function readIds(
  read: Read,
  statements: Statements,
  ids: readonly CommandId[],
  below: Position,
): Promise<readonly (IdRow | undefined)[]> {
  const answers = await Promise.all(
    requestsOf(ids).map(({ slots, names }) => read(statements.ids, [[...slots], [...names]])),
  )
  const found = new Map<string, Row>()
  for (const row of answers.flat()) {
    if (comparePositions(positionIn(row), below) >= 0) continue
    const name = keyOf(String(row.slot), String(row.id))
    const other = found.get(name)
    if (other === undefined || comparePositions(positionIn(other), positionIn(row)) < 0) {
      found.set(name, row)
    }
  }
  return ids.map((id) => {
    const row = found.get(keyOf(idSlot(id), idInSlot(id)))
    return row && idRowIn(id, row)
  })
}

const keyOf = (slot: string, id: string): string => `${slot}\n\n${id}`

interface IdRequest {
  readonly slots: ReadonlySet<string>
  readonly names: ReadonlySet<string>
}

/** Ids of one partition go together; a request may answer for more pairs than were asked, never for fewer. */
function requestsOf(ids: readonly CommandId[]): readonly IdRequest[] {
  const bySlot = new Map<string, Set<string>>()
  for (const id of ids) {
    const slot = idSlot(id)
    const names = bySlot.get(slot) ?? new Set()
    bySlot.set(slot, names.add(idInSlot(id)))
  }
  const requests: IdRequest[] = []
  let slots = new Set<string>()
  let names = new Set<string>()
  const close = () => {
    if (slots.size > 0) requests.push({ slots, names })
    slots = new Set()
    names = new Set()
  }
  for (const [slot, asked] of bySlot) {
    if (slots.size === SLOTS_PER_READ) close()
    for (const name of asked) {
      if (names.size === IDS_PER_READ) close()
      slots.add(slot)
      names.add(name)
    }
  }
  close()
  return requests
}
