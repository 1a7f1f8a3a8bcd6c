import type { ChannelEvent, CommandFrame } from '@tidings/protocol'
import type { TidingsError } from '../errors.js'

type OmitEach<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

/** A command as a channel hands it over: the outbox gives it its id and the time of its first try. */
export type UnsentCommand = OmitEach<CommandFrame, 'client_msg_id' | 'first_try_ts' | 'ref'>

/** How a command ended well. */
export interface Settled {
  readonly channelId: string
  readonly epoch: number
  /** The number that the command took; undefined when it changed nothing (`noop`). */
  readonly channelSeq: number | undefined
  /** Of the message, or of the target of an edit, a delete or a reaction. */
  readonly messageId: string
  /** Unix milliseconds, by the server. */
  readonly sentAt: number
  /** True if the server had it already (I3). */
  readonly deduplicated: boolean
}

/** A command without its end yet. */
export interface OutboxItem {
  readonly clientMsgId: string
  readonly channelId: string
  readonly command: UnsentCommand
  /** `parked`: refused or given up; waits for `retry` or `discard`. */
  readonly state: 'pending' | 'parked'
  /** Unix milliseconds, by this machine's clock. */
  readonly createdAt: number
  /** Why it is parked. */
  readonly error?: TidingsError | undefined
}

/** What channels and timelines see of the outbox. */
export interface OutboxView {
  /** Never throws: what is wrong with a command rejects `settled`. Listed in `pending` when it returns. */
  submit(
    command: UnsentCommand,
    options?: { signal?: AbortSignal | undefined },
  ): { readonly clientMsgId: string; readonly settled: Promise<Settled> }
  /** A channel's commands without an end, parked ones included, in order of sending. */
  pending(channelId: string): readonly OutboxItem[]
  /**
   * `change`: the pending of this channel is another than before. `settled`: a command ended well,
   * whoever made it; told before the `change` that takes it out of `pending`, so that its local echo
   * can stay until its event is shown. Returns the unsubscribe.
   */
  on(event: 'change', listener: (channelId: string) => void): () => void
  on(event: 'settled', listener: (clientMsgId: string, result: Settled) => void): () => void
  /** An event of this user came in the stream: it settles the command with its `client_msg_id`. */
  observe(event: ChannelEvent): void
}
