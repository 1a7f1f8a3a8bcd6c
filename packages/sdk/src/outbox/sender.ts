import type { Connection } from '../connection/port.js'
import type { Environment } from '../environment/port.js'
import type { Book } from './book.js'
import { ANSWER_TIMEOUT_MS, planSends } from './plan.js'
import { stamped, written } from './reducer.js'
import { frameOf } from './row.js'

/** The connection took nothing just now, though it is there. */
const WRITE_AGAIN_MS = 100

/** Sends what is due; returns the monotonic time of the next round. */
export function sendDue(
  connection: Connection,
  environment: Environment,
  book: Book,
  options: {
    readonly pipeline: number
    readonly needsDisk: () => boolean
    readonly away: ReadonlySet<string>
  },
): number {
  const serverNow = connection.serverNow()
  if (!connection.canSend || serverNow === undefined) return Number.POSITIVE_INFINITY
  const now = environment.monotonicNow()
  const look = () =>
    planSends(book.state, {
      now,
      serverNow,
      pipeline: options.pipeline,
      needsDisk: options.needsDisk(),
      away: options.away,
    })
  let plan = look()
  if (plan.stamp.length > 0) {
    const ids = new Set(plan.stamp.map(({ row }) => row.id))
    book.apply(stamped(book.state, ids, Math.floor(serverNow)), false)
    plan = look()
  }
  let { wakeAt } = plan
  for (const { row } of plan.write) {
    if (!connection.send(frameOf(row))) return now + WRITE_AGAIN_MS
    book.apply(written(book.state, row.id, now))
    wakeAt = Math.min(wakeAt, now + ANSWER_TIMEOUT_MS)
  }
  return wakeAt
}
