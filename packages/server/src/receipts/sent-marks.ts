import type { ChannelEvent } from '@tidings/protocol'
import type { ServerEnvironment } from '../ports/environment.js'
import { isFurther, type ReceiptRise, type Receipts } from '../ports/receipts.js'

export interface SentMarksOptions {
  readonly environment: ServerEnvironment
  readonly receipts: Pick<Receipts, 'raise'>
  /** What senders have read by sending is stored together so often. @default 1,000 */
  readonly intervalMs?: number
  /** Watermarks that wait; more are left out, and come with the sender's next message or receipt (I7). @default 20,000 */
  readonly maxWaiting?: number
  /** Told of each that is left out. */
  readonly onShed?: (() => void) | undefined
  readonly onError?: (error: unknown) => void
}

/** A message counts as read by who sent it (P-93). */
export interface SentMarks {
  /** Notes stored events; costs a look at each, and nothing waits for it. */
  stored(events: readonly ChannelEvent[]): void
  /** Stores what waits, once, and ends. */
  close(): Promise<void>
}

/** Watermarks of one write. */
const WRITE_MAX = 500

export function createSentMarks(options: SentMarksOptions): SentMarks {
  const { environment, receipts, intervalMs = 1_000, maxWaiting = 20_000 } = options
  /** By channel and sender, the furthest. */
  let waiting = new Map<string, Map<string, ReceiptRise>>()
  let count = 0
  let timer: unknown
  let working: Promise<void> = Promise.resolve()
  let closed = false

  function note(rise: ReceiptRise): void {
    let ofChannel = waiting.get(rise.channelId)
    const before = ofChannel?.get(rise.userId)
    if (!isFurther(rise, before)) return
    if (before === undefined) {
      if (count >= maxWaiting) {
        options.onShed?.()
        return
      }
      count++
    }
    if (ofChannel === undefined) {
      ofChannel = new Map()
      waiting.set(rise.channelId, ofChannel)
    }
    ofChannel.set(rise.userId, rise)
    arm()
  }

  function arm(): void {
    if (timer !== undefined || closed) return
    timer = environment.setTimer(() => {
      working = write().finally(() => {
        timer = undefined
        if (count > 0) arm()
      })
    }, intervalMs)
  }

  async function write(): Promise<void> {
    const rises = [...waiting.values()].flatMap((ofChannel) => [...ofChannel.values()])
    waiting = new Map()
    count = 0
    for (let i = 0; i < rises.length; i += WRITE_MAX) {
      try {
        await receipts.raise(rises.slice(i, i + WRITE_MAX))
      } catch (error) {
        options.onError?.(error)
        // later ones, noted meanwhile, are further
        for (const rise of rises.slice(i)) note(rise)
        return
      }
    }
  }

  return {
    stored(events) {
      for (const event of events) {
        if (event.type !== 'message.new') continue
        note({
          kind: 'read',
          channelId: event.channel_id,
          userId: event.user_id,
          epoch: event.epoch ?? 1,
          seq: event.channel_seq,
          messageCount: event.message_count,
        })
      }
    },
    async close() {
      if (closed) return
      closed = true
      environment.clearTimer(timer)
      await working
      await write()
    },
  }
}
