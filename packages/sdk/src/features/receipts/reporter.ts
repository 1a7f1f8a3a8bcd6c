import { epochField } from '@tidings/protocol'
import type { Connection } from '../../connection/port.js'
import type { Environment } from '../../environment/port.js'
import { atEndOfTurn } from '../../turn.js'
import { afterReset, isHigher, type Watermark } from './watermark.js'

export type ReceiptKind = 'read' | 'delivered'

/** Tells the server how far this user is: the newest mark of each channel, never one for each message. */
export interface Reporter {
  markOf(channelId: string, kind: ReceiptKind): Watermark | undefined
  /** True if it is further than before: then it is said, soon. */
  mark(channelId: string, kind: ReceiptKind, to: Watermark): boolean
  /** The server knows it already; true if it is further than what was known here. */
  known(channelId: string, kind: ReceiptKind, to: Watermark): boolean
  /** What the server says of a channel: a lower mark than ours was lost. */
  stated(channelId: string, readTo: Watermark): boolean
  /** Numbering started anew above a number: what lay above it is void. */
  reset(channelId: string, epoch: number, fromSeq: number): void
  /** A mark in the numbering of now: at most where those began that came after its own. */
  valid(channelId: string, mark: Watermark): Watermark
  forget(channelId: string): void
  /** What the server refused for now is said again, not before `delayMs` is over. */
  again(delayMs: number): void
  /** The server will not hear it, in this session. */
  mute(session: number): void
  close(): void
}

/** Marks of at most so many channels are kept, those that moved last (I7). */
export const CHANNELS_MAX = 1_000
/** At most so many receipts are said at once; the next ones follow an interval later. */
export const RECEIPTS_AT_ONCE = 20
/** What was said so shortly before the line was cut, in milliseconds, may not have arrived. */
export const UNSURE_MS = 30_000

/** Of a channel so many beginnings are kept, of so many channels as marks, the last ones (I7). */
const STARTS_MAX = 10

export const RECEIPT_REF = 'receipts'

interface Mark extends Watermark {
  readonly channelId: string
  readonly kind: ReceiptKind
  /** On the monotonic clock; undefined while it is to be said, minus infinity if the server has it. */
  readonly saidAtMs: number | undefined
}

export function createReporter(
  connection: Connection,
  environment: Environment,
  intervalMs: number,
): Reporter {
  /** By channel and kind, those that moved last at the end. */
  const marks = new Map<string, Mark>()
  /** Where numbering started anew, by channel: an application may still hold messages from before. */
  const starts = new Map<string, readonly Watermark[]>()
  const due = new Set<string>()
  let nextAtMs = Number.NEGATIVE_INFINITY
  let mutedSession = 0
  let timer: unknown
  let isClosed = false

  const nowMs = (): number => environment.monotonicNow()
  const keyOf = (channelId: string, kind: ReceiptKind): string => `${kind} ${channelId}`

  const valid = (channelId: string, mark: Watermark): Watermark =>
    (starts.get(channelId) ?? []).reduce((at, { epoch, seq }) => afterReset(at, epoch, seq), mark)

  const put = (key: string, mark: Mark): void => {
    marks.delete(key)
    marks.set(key, mark)
    if (mark.saidAtMs === undefined) due.add(key)
    else due.delete(key)
    if (marks.size <= 2 * CHANNELS_MAX) return
    let [oldest = key] = marks.keys()
    // What the server does not have yet goes last.
    for (const other of marks.keys()) {
      if (due.has(other)) continue
      oldest = other
      break
    }
    marks.delete(oldest)
    due.delete(oldest)
  }

  const raise = (
    channelId: string,
    kind: ReceiptKind,
    to: Watermark,
    saidAtMs: number | undefined,
  ): boolean => {
    const key = keyOf(channelId, kind)
    const { epoch, seq } = valid(channelId, to)
    if (!isHigher({ epoch, seq }, marks.get(key))) return false
    put(key, { channelId, kind, epoch, seq, saidAtMs })
    return true
  }

  const flush = (): void => {
    environment.clearTimer(timer)
    timer = undefined
    if (due.size === 0 || isClosed) return
    if (!connection.canSend || connection.session === mutedSession) return
    const restMs = nextAtMs - nowMs()
    if (restMs > 0) {
      timer = environment.setTimer(flush, restMs)
      return
    }
    nextAtMs = nowMs() + intervalMs
    for (const key of [...due].slice(0, RECEIPTS_AT_ONCE)) {
      const mark = marks.get(key)
      if (mark && !say(mark)) break
      if (mark) marks.set(key, { ...mark, saidAtMs: nowMs() })
      due.delete(key)
    }
    if (due.size > 0) timer = environment.setTimer(flush, intervalMs)
  }
  const soon = atEndOfTurn(flush)

  const say = ({ channelId, kind, epoch, seq }: Mark): boolean =>
    connection.send({
      type: kind === 'read' ? 'receipt.read' : 'receipt.delivered',
      ref: RECEIPT_REF,
      channel_id: channelId,
      ...epochField(epoch),
      seq,
    })

  /** What was said since then is to be said once more. */
  const repeatSince = (sinceMs: number): void => {
    for (const [key, { saidAtMs }] of marks) {
      if (saidAtMs !== undefined && saidAtMs >= sinceMs) due.add(key)
    }
  }

  const offs = [
    connection.on('connected', () => {
      nextAtMs = Number.NEGATIVE_INFINITY
      soon()
    }),
    connection.on('disconnected', () => {
      environment.clearTimer(timer)
      timer = undefined
      repeatSince(nowMs() - UNSURE_MS)
    }),
  ]

  return {
    valid,
    markOf: (channelId, kind) => marks.get(keyOf(channelId, kind)),
    mark(channelId, kind, to) {
      // of what is void altogether there is nothing to say
      const isNew = valid(channelId, to).seq > 0 && raise(channelId, kind, to, undefined)
      if (isNew) {
        // Many devices get a message in the same moment: they do not all answer in it.
        if (kind === 'delivered' && timer === undefined) {
          nextAtMs = Math.max(nextAtMs, nowMs() + environment.random() * intervalMs)
        }
        soon()
      }
      return isNew
    },
    known: (channelId, kind, to) => raise(channelId, kind, to, Number.NEGATIVE_INFINITY),
    stated(channelId, readTo) {
      const isNew = raise(channelId, 'read', readTo, Number.NEGATIVE_INFINITY)
      const key = keyOf(channelId, 'read')
      const own = marks.get(key)
      if (own && isHigher(own, readTo)) {
        due.add(key)
        soon()
      }
      return isNew
    },
    reset(channelId, epoch, fromSeq) {
      const known = (starts.get(channelId) ?? []).filter((start) => start.epoch !== epoch)
      starts.delete(channelId)
      starts.set(channelId, [...known, { epoch, seq: fromSeq }].slice(-STARTS_MAX))
      const [oldest] = starts.keys()
      if (starts.size > CHANNELS_MAX && oldest !== undefined) starts.delete(oldest)
      for (const kind of ['read', 'delivered'] as const) {
        const key = keyOf(channelId, kind)
        const mark = marks.get(key)
        if (mark) marks.set(key, afterReset(mark, epoch, fromSeq))
      }
    },
    forget(channelId) {
      for (const kind of ['read', 'delivered'] as const) {
        marks.delete(keyOf(channelId, kind))
        due.delete(keyOf(channelId, kind))
      }
    },
    again(delayMs) {
      nextAtMs = nowMs() + delayMs
      repeatSince(nowMs() - intervalMs)
      soon()
    },
    mute(session) {
      mutedSession = session
    },
    close() {
      isClosed = true
      environment.clearTimer(timer)
      for (const off of offs) off()
    },
  }
}
