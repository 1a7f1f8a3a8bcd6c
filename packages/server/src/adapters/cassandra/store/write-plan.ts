import type { StoreBatch } from '../../../ports/message-store.js'
import { type WriteStep, writeSteps } from '../../../stream/write-steps.js'
import type { StampedWrite } from '../session/stamped.js'
import type { Statements } from '../statements.js'
import {
  changeValues,
  effectValues,
  eventValues,
  headValues,
  idValues,
  pointerValues,
} from './rows.js'

/** One request: several writes of it lie in one partition, or are ids or heads. */
export type WriteRequest = readonly StampedWrite[]

/** What may be under way together: the requests of one sequence go one after the other. */
export type Stage = readonly (readonly WriteRequest[])[]

/** Small writes of different partitions that share a request: above ten a node logs a warning for each. */
const SHARED_MAX_WRITES = 10
/** Of their cells, in UTF-16 units: above 5 KiB it logs a warning too. */
const SHARED_MAX_UNITS = 1_200

/**
 * A batch in the order of R7: effects on other buckets; then of every channel its rows, pointers and changes, one
 * after the other (I4); then ids and heads. A head is never read before its rows can be.
 */
export function writePlan(
  batch: StoreBatch,
  statements: Statements,
  idTtlS: number,
): readonly Stage[] {
  const effects: WriteRequest[][] = []
  const channels = new Map<string, WriteRequest[]>()
  const results: StampedWrite[] = []
  const ofChannel = (channelId: string): WriteRequest[] => {
    const requests = channels.get(channelId) ?? []
    channels.set(channelId, requests)
    return requests
  }
  for (const step of writeSteps(batch)) {
    switch (step.step) {
      case 'effects':
        effects.push([effectWrites(step.effects, statements)])
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
        results.push(statements.insertId.at(step.row.position, idValues(step.row, idTtlS)))
        break
      case 'state':
        results.push(
          statements.insertHead.at(step.state.position, headValues(step.channelId, step.state)),
        )
    }
  }
  return [effects, [...channels.values()], shared(results)]
}

const effectWrites = (
  effects: Extract<WriteStep, { step: 'effects' }>['effects'],
  { insertEffect }: Statements,
): WriteRequest => effects.map((effect) => insertEffect.at(effect.position, effectValues(effect)))

/** Several partitions in one request: each is written for itself, but the client asks once. */
function shared(writes: readonly StampedWrite[]): Stage {
  const requests: StampedWrite[][] = []
  let open: StampedWrite[] = []
  let units = 0
  for (const write of writes) {
    const size = unitsOf(write)
    if (open.length === SHARED_MAX_WRITES || (open.length > 0 && units + size > SHARED_MAX_UNITS)) {
      requests.push(open)
      open = []
      units = 0
    }
    open.push(write)
    units += size
  }
  if (open.length > 0) requests.push(open)
  return requests.map((request) => [request])
}

const unitsOf = ({ values }: StampedWrite): number =>
  values.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 8), 0)
