import { given } from '../arguments.js'
import { TidingsError } from '../errors.js'
import type { GapReason } from '../gate/state.js'
import { BACKFILL_MAX_EVENTS } from '../limits.js'
import { onAbort } from '../turn.js'
import { isOut } from './asking.js'
import { type SeqLike, seqOf } from './history.js'
import type { Gap, Reset, StreamEvent } from './items.js'
import type { Stream } from './stream.js'

/** Most live events that wait for a slow consumer (I7); more are read again from the server. */
const BUFFER_MAX = 256

/** What `events()` yields. */
export type StreamItem = StreamEvent | Gap | Reset

export interface EventsOptions {
  /** The number (or what has it) after which to begin. @default the channel's position */
  readonly after?: SeqLike | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Every event above `after`, in order, without a hole: never skips, however far behind. A gap is
 * yielded only for what the server has no more (I9). Ends when `signal` is aborted, the user leaves
 * the channel, or the client is closed.
 */
export async function* iterate(
  stream: Stream,
  gapOf: (fromSeq: number, toSeq: number, reason: GapReason) => Gap,
  isClosed: () => boolean,
  options: EventsOptions | undefined,
): AsyncGenerator<StreamItem, void, undefined> {
  const { after, signal } = given(options)
  let cursor = seqOf('after', after)
  let buffer: StreamEvent[] = []
  let reset: Reset | undefined
  let wake: () => void = () => {}
  /** The user was out since it was last asked for a page. */
  let wasOut = false
  const look = (): void => {
    wasOut ||= stream.gate.sync === 'removed'
    wake()
  }
  const isEnded = (): boolean => isClosed() || !!signal?.aborted

  /** What the gate has passed and the buffer does not hold. */
  const read = async (fromSeq: number, before: number): Promise<readonly StreamItem[]> => {
    const { frame, events } = await stream.readEvents({
      direction: 'forward',
      after: fromSeq - 1,
      before,
      limit: BACKFILL_MAX_EVENTS,
      signal,
    })
    const lost = Math.min(frame.oldest_seq, before) - 1
    return lost < fromSeq ? events : [gapOf(fromSeq, lost, 'expired'), ...events]
  }

  if (isEnded()) return
  const offs = [
    stream.hold(),
    stream.emitter.on('event', (event) => {
      if (buffer.length < BUFFER_MAX) buffer.push(event)
    }),
    stream.emitter.on('reset', (next) => {
      // What one of them made void is not valid again by the next.
      reset = { ...next, fromSeq: Math.min(next.fromSeq, reset?.fromSeq ?? next.fromSeq) }
      buffer = []
    }),
    () => stream.watchers.delete(look),
    onAbort(signal, look),
  ]
  stream.watchers.add(look)
  try {
    while (!isEnded()) {
      const { position = -1, sync } = stream.gate
      if (reset) {
        const item = reset
        reset = undefined
        cursor = Math.min(cursor ?? item.fromSeq, item.fromSeq)
        yield item
        continue
      }
      cursor ??= buffer[0] ? buffer[0].channelSeq - 1 : stream.gate.position
      while (buffer[0] && buffer[0].channelSeq <= (cursor ?? 0)) buffer.shift()
      const next = buffer[0]?.channelSeq ?? position + 1
      let items: readonly StreamItem[] = []
      if (cursor !== undefined && cursor + 1 < next) {
        if (sync === 'removed') items = [gapOf(cursor + 1, next - 1, 'not_visible')]
        else {
          wasOut = false
          try {
            items = await read(cursor + 1, next)
          } catch (error) {
            // Tried again for as long as it takes; what cannot be tried again is the caller's.
            const cause = TidingsError.from(error)
            if (isEnded() || wasOut || cause.retryable) continue
            // That the user has left is told apart from the refusal, and is waited for.
            if (!isOut(cause)) throw error
          }
        }
      } else if (buffer[0]) items = [buffer[0]]
      else if (sync === 'removed') return
      if (items.length === 0 && !reset && !isEnded()) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      for (const item of items) {
        if (reset || isEnded()) break
        cursor = item.kind === 'gap' ? item.toSeq : 'channelSeq' in item ? item.channelSeq : cursor
        yield item
      }
    }
  } finally {
    for (const off of offs) off()
  }
}
