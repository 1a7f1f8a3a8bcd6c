import type { StoreBatch } from '../../../ports/message-store.js'
import { type WriteStep, writeSteps } from '../../../stream/write-steps.js'
import type { StampedWrite } from '../session/stamped.js'
import type { Statements } from '../statements.js'
import { deletionSlot, deletionsIn, deletionValues } from './deletions.js'
import { idSlot } from './id-slot.js'
import {
  changeValues,
  effectValues,
  eventValues,
  headValues,
  idValues,
  pointerValues,
} from './rows.js'

/** One request: the writes of each partition in it are whole, and in their order. */
export type WriteRequest = readonly StampedWrite[]

/** What may be under way together: the requests of one sequence go one after the other. */
export type Stage = readonly (readonly WriteRequest[])[]

/**
 * Partitions with small writes that share a request: above ten a node logs a warning. Each is a mutation of its own,
 * there or not there, but the node is asked once.
 */
const SHARED_MAX_PARTITIONS = 10
/** Of their values: above 5 KiB, keys and all, it logs a warning too. */
const SHARED_MAX_BYTES = 4_000

/**
 * A batch in the order of R7: effects on other buckets; then of every channel its rows, pointers and changes, one
 * after the other (I4); then ids, heads and what is to be erased. A head is never read before its rows can be. What
 * is one small request of its channel shares one with other channels.
 */
export function writePlan(
  batch: StoreBatch,
  statements: Statements,
  idTtlS: number,
): readonly Stage[] {
  const effects: WriteRequest[] = []
  const channels = new Map<string, WriteRequest[]>()
  const ids = new Map<string, StampedWrite[]>()
  const heads: StampedWrite[][] = []
  const ofChannel = (channelId: string): WriteRequest[] => partOf(channels, channelId)
  for (const step of writeSteps(batch)) {
    switch (step.step) {
      case 'effects':
        effects.push(effectWrites(step.effects, statements))
        break
      case 'rows':
        // split in two, the first half must not be rows whose effects are in the second (R7)
        ofChannel(step.channelId).push([
          ...effectWrites(step.effects, statements),
          ...step.rows.map((row) => statements.insertEvent.at(row.position, eventValues(row))),
        ])
        break
      case 'pointer':
        ofChannel(step.channelId).push([
          statements.insertPointer.at(step.position, pointerValues(step.channelId, step)),
        ])
        break
      case 'change':
        ofChannel(step.channelId).push([
          statements.insertChange.at(
            step.change.position,
            changeValues(step.channelId, step.change),
          ),
        ])
        break
      case 'id':
        partOf(ids, idSlot(step.row.id)).push(
          statements.insertId.at(step.row.position, idValues(step.row, idTtlS)),
        )
        break
      case 'state':
        heads.push([
          statements.insertHead.at(step.state.position, headValues(step.channelId, step.state)),
        ])
    }
  }
  const deletions = new Map<string, StampedWrite[]>()
  for (const deletion of deletionsIn(batch)) {
    const { position } = deletion.effect
    partOf(deletions, deletionSlot(deletion)).push(
      statements.insertDeletion.at(position, deletionValues(deletion)),
    )
  }
  const small = [...ids.values(), ...heads, ...deletions.values()]
  const sequences = [...channels.values()]
  const rows = [
    ...sequences.filter((requests) => requests.length > 1),
    ...shared(sequences.filter((requests) => requests.length === 1).flat()),
  ]
  return [shared(effects), rows, shared(small)]
}

const effectWrites = (
  effects: Extract<WriteStep, { step: 'effects' }>['effects'],
  { insertEffect }: Statements,
): WriteRequest => effects.map((effect) => insertEffect.at(effect.position, effectValues(effect)))

function partOf<T>(parts: Map<string, T[]>, name: string): T[] {
  const part = parts.get(name) ?? []
  parts.set(name, part)
  return part
}

/** As few requests as may be; what is large has one to itself. */
function shared(partitions: readonly (readonly StampedWrite[])[]): Stage {
  const requests: StampedWrite[][] = []
  let open: StampedWrite[] = []
  let count = 0
  let bytes = 0
  const close = () => {
    if (open.length > 0) requests.push(open)
    open = []
    count = 0
    bytes = 0
  }
  for (const writes of partitions) {
    const size = writes.reduce((sum, write) => sum + bytesOf(write), 0)
    if (count === SHARED_MAX_PARTITIONS || bytes + size > SHARED_MAX_BYTES) close()
    open.push(...writes)
    count += 1
    bytes += size
  }
  close()
  return requests.map((request) => [request])
}

const bytesOf = ({ values }: StampedWrite): number =>
  values.reduce<number>(
    (sum, value) => sum + (typeof value === 'string' ? Buffer.byteLength(value) : 8),
    0,
  )
