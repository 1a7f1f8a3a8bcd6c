import { epochField, epochOf, type ServerFrames } from '@tidings/protocol'
import { check, isCount } from '../arguments.js'
import type { Scheduler } from '../backfill/scheduler.js'
import type { GateInput, GateState } from '../gate/state.js'
import { BACKFILL_MAX_EVENTS } from '../limits.js'
import { type Changes, withChanges } from '../timeline/changes.js'
import type { Message, StreamEvent } from './items.js'

/** Part of a channel's stream; `after` and `before` are exclusive. */
export interface PageQuery {
  readonly direction: 'forward' | 'backward'
  readonly after?: number | undefined
  readonly before?: number | undefined
  readonly limit: number
  readonly signal?: AbortSignal | undefined
}

/** Messages with everything folded in that this client has seen. */
export interface MessagePage {
  readonly messages: readonly Message[]
  readonly fromSeq: number
  readonly toSeq: number
  readonly hasMore: boolean
}

export type ReadPage = (query: PageQuery) => Promise<MessagePage>

/** A page of the wire with its events as the SDK shows them. */
export interface EventPage {
  readonly frame: ServerFrames['message.backfill']
  readonly events: readonly StreamEvent[]
}

export interface PageParts {
  readonly channelId: string
  readonly scheduler: Scheduler
  readonly limitMax: () => number
  readonly gate: () => GateState<StreamEvent>
  readonly changes: () => Changes
  readonly put: (input: GateInput<StreamEvent>) => void
  readonly takeEvents: (frame: ServerFrames['message.backfill']) => readonly StreamEvent[]
}

export type ReadEvents = (query: PageQuery & { only?: 'messages' }) => Promise<EventPage>

/**
 * Reads pages of one channel. R14: a page older than what this client had seen when it asked, or
 * than what it forgot since, is asked for again, past the caches.
 */
export function createPages(parts: PageParts): { readEvents: ReadEvents; read: ReadPage } {
  const { channelId, scheduler, gate, changes } = parts

  const readEvents: ReadEvents = ({ direction, after, before, limit, only, signal }) => {
    checkLimit(limit)
    const above = after ?? 0
    check('before', before, before === undefined || before > above, `above ${above}`)
    let seen = 0
    let minAsOf: number | undefined
    return scheduler.once({
      channelId,
      signal,
      frame: () => {
        seen = gate().position ?? 0
        return {
          type: 'backfill.request',
          ref: '',
          channel_id: channelId,
          ...epochField(gate().epoch),
          direction,
          after_seq: after,
          before_seq: before,
          only,
          min_as_of_seq: minAsOf,
          limit: Math.min(limit, parts.limitMax()),
        }
      },
      accept: (frame) => {
        if (frame.type !== 'message.backfill') return undefined
        const epoch = epochOf(frame)
        if (epoch > gate().epoch) parts.put({ type: 'head', epoch, headSeq: frame.head_seq })
        const floor = Math.max(Math.min(seen, gate().position ?? 0), changes().droppedSeq)
        if (epoch === gate().epoch && frame.as_of_seq >= floor) {
          return { frame, events: parts.takeEvents(frame) }
        }
        minAsOf = floor
        return undefined
      },
    })
  }

  const read: ReadPage = async (query) => {
    const { frame, events } = await readEvents({ ...query, only: 'messages' })
    // What came right behind it may have made it too old.
    const isOld = epochOf(frame) !== gate().epoch || frame.as_of_seq < changes().droppedSeq
    if (isOld) return read(query)
    return {
      messages: events.flatMap((event) =>
        event.kind === 'message' ? withChanges(changes(), event) : [],
      ),
      fromSeq: frame.from_seq,
      toSeq: frame.to_seq,
      hasMore: frame.has_more,
    }
  }
  return { readEvents, read }
}

/** Throws `invalid_argument` for a page that nobody can be asked for. */
export function checkLimit(limit: number): void {
  const isLimit = isCount(limit) && limit <= BACKFILL_MAX_EVENTS
  check('limit', limit, isLimit, `an integer from 1 to ${BACKFILL_MAX_EVENTS}`)
}
