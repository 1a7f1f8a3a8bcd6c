import type { OutboxItem, OutboxView, Settled } from '../channel/outbox-view.js'
import type { DrainOptions } from './drains.js'

/** A command that was handed over: its id at once, its end later. */
export interface Sending {
  readonly clientMsgId: string
  /** Settles exactly once (I9). */
  readonly settled: Promise<Settled>
}

export interface OutboxOptions {
  /** Together with the user id, the name of the storage. */
  readonly url: string
  /** Lets the stored rows be shown before the first `hello_ack`; nothing is sent before it. */
  readonly userId?: string | undefined
  /**
   * Commands of one channel that may be on the wire without an answer, 100 at most. More than one is
   * faster, and reorders when the first is refused and the second is not.
   * @default 1
   */
  readonly pipeline?: number | undefined
  /** Most commands that wait, parked ones included (I7). @default 1,000 */
  readonly maxRows?: number | undefined
  /** Most bytes of encoded commands that wait (I7). @default 8 MiB */
  readonly maxBytes?: number | undefined
}

export interface OutboxEvents {
  change(channelId: string): void
  settled(clientMsgId: string, result: Settled): void
  durability(durability: 'disk' | 'memory'): void
}

export interface Outbox extends OutboxView {
  /** Every command without its end, of all tabs of this user. The same array until it changes. */
  list(): readonly OutboxItem[]
  /** `disk` while what is accepted survives the end of the page or process. */
  readonly durability: 'disk' | 'memory'
  /**
   * Sends a parked command again. It gets a new id, unless its outcome is `unknown`: then it keeps
   * it, so that it cannot come twice (I3). After 6 days the server would not recognise it: rejects
   * with `send_too_old`, unless `allowDuplicate` says that a second message is acceptable.
   */
  retry(clientMsgId: string, options?: { allowDuplicate?: boolean }): Sending
  /** Gives a command up: its promise rejects with `aborted` and what can be said of its outcome. */
  discard(clientMsgId: string): void
  on<E extends keyof OutboxEvents>(event: E, listener: OutboxEvents[E]): () => void
  /**
   * Resolves when nothing of this instance waits to be sent; parked commands do not count. Rejects
   * with `timeout`, `aborted` or `closed`.
   */
  drain(options?: DrainOptions): Promise<void>
  /**
   * Ends this instance: promises still open reject with `code`, what is not acknowledged stays
   * stored for the next client of this user, and nothing is left running. Never rejects.
   */
  close(code?: 'closed' | 'user_changed'): Promise<void>
}
