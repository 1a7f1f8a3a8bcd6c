import { type Entry, OWED } from './entry.js'
import { paceAfter, paceAllowsAt } from './pace.js'
import type { OutboxState } from './reducer.js'

/** Without an ack or its own event for this long, a command is sent again (P-83). */
export const ANSWER_TIMEOUT_MS = 10_000
/**
 * Most commands of one channel that are on the wire, however wide the pipeline: what one channel
 * repeats while it is stopped must leave the others enough of the connection.
 */
export const WINDOW_MAX = 100
/** A first try that did not come about is dated anew after this long. */
const STAMP_MAX_AGE_MS = 60_000

export interface PlanContext {
  /** Monotonic. */
  readonly now: number
  readonly serverNow: number
  /** Commands of one channel that may be on the wire without an answer. */
  readonly pipeline: number
  /** False when the storage failed: nothing waits for it. */
  readonly needsDisk: boolean
  /** Channels in which a command made here is in another tab's hands: what was made here after it waits for its end. */
  readonly away: ReadonlySet<string>
}

/** What is to be done now. */
export interface SendPlan {
  readonly write: readonly Entry[]
  /** These get the time of their first try, which is stored before they are written. */
  readonly stamp: readonly Entry[]
  /** Monotonic time at which there may be more to do. */
  readonly wakeAt: number
}

interface Lane {
  unanswered: number
  wholeAt: number
  /** Something in front is not ready: nothing behind it may overtake it. */
  held: boolean
  /** Nothing more to look at. */
  full: boolean
}

/**
 * What goes on the wire now: per channel in order of creation, at most `pipeline` without an answer
 * (P-81), only what is on disk with the time of its first try (P-82), paced. Pure.
 */
export function planSends(state: OutboxState, context: PlanContext): SendPlan {
  const { now, serverNow, needsDisk, away } = context
  const pipeline = Math.min(context.pipeline, WINDOW_MAX)
  const write: Entry[] = []
  const stamp: Entry[] = []
  let wakeAt = Number.POSITIVE_INFINITY
  // While one of several commands is suspected of ending connections, they go one at a time.
  const careful = state.entries.some((entry) => entry.suspect)
  let quiet = !state.entries.some(({ wireAt = OWED }) => wireAt > OWED)

  const lanes = new Map<string, Lane>()
  const laneOf = (channelId: string): Lane => {
    const lane = lanes.get(channelId) ?? {
      unanswered: 0,
      wholeAt: state.wholeAt.get(channelId) ?? OWED,
      held: false,
      full: false,
    }
    lanes.set(channelId, lane)
    return lane
  }
  for (const { row, wireAt } of state.entries) {
    if (wireAt !== undefined) laneOf(row.channelId).unanswered++
  }

  for (const entry of state.entries) {
    const { row, wireAt } = entry
    if (row.state !== 'pending') continue
    if (wireAt !== undefined) {
      const dueAt = wireAt + ANSWER_TIMEOUT_MS
      if (dueAt > now) wakeAt = Math.min(wakeAt, dueAt)
      else if (!careful || quiet || wireAt > OWED) {
        write.push(entry)
        quiet = false
      }
      continue
    }
    const lane = laneOf(row.channelId)
    // What was another's waits for none of ours: two tabs may have taken over what the other had.
    if (lane.full || careful || (away.has(row.channelId) && !entry.adopted)) continue
    const dueAt = Math.max(entry.notBefore, paceAllowsAt(state.pace, lane.wholeAt))
    const isNext = lane.unanswered >= pipeline
    if (dueAt > now && !isNext) {
      wakeAt = Math.min(wakeAt, dueAt)
      lane.full = true
      continue
    }
    const stampedAt = row.firstTryTs ?? OWED
    if (!entry.written && serverNow - stampedAt > STAMP_MAX_AGE_MS) {
      stamp.push(entry)
      lane.held = true
    }
    // The one that goes next is stored with its time while the one before it waits for its answer.
    if (isNext) {
      lane.full = true
      continue
    }
    if (needsDisk && entry.stored !== row) lane.held = true
    if (!lane.held) write.push(entry)
    lane.unanswered++
    lane.wholeAt = paceAfter(state.pace, lane.wholeAt, now)
  }
  let wholeAt = state.envelopesWholeAt
  const fitting = write.filter(() => {
    const at = paceAllowsAt(state.envelopes, wholeAt)
    if (at > now) {
      wakeAt = Math.min(wakeAt, at)
      return false
    }
    wholeAt = paceAfter(state.envelopes, wholeAt, now)
    return true
  })
  return { write: fitting, stamp, wakeAt }
}
