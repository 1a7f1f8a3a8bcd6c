import type { ChannelEvent, ErrorCode } from '@tidings/protocol'
import type { StateChange } from '../stream/event.js'

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

/** What an event says beyond its numbering and its id. */
export type EventBody = DistributiveOmit<
  Exclude<ChannelEvent, { type: 'event.hidden' }>,
  'channel_id' | 'channel_seq' | 'epoch' | 'message_count' | 'user_id' | 'client_msg_id' | 'ts'
>

/** What an event does to its target's row. */
export type EffectBody =
  | { readonly kind: 'edit'; readonly text: string }
  | { readonly kind: 'delete' }
  | {
      readonly kind: 'reaction'
      readonly emoji: string
      readonly userId: string
      readonly present: boolean
    }
  | { readonly kind: 'reply' }

/** What is to be done with a command that is not a repeat. */
export type Decision = Numbered | Unnumbered | Rejection

export interface Numbered {
  readonly verdict: 'number'
  /** The message's own id, or its target's. */
  readonly messageId: string
  readonly body: EventBody
  readonly effect?: { readonly seq: number; readonly body: EffectBody }
}

/** A change of nothing, or of the state alone. */
export interface Unnumbered {
  readonly verdict: 'noop'
  readonly messageId: string
  readonly change?: StateChange
}

export interface Rejection {
  readonly verdict: 'reject'
  readonly code: ErrorCode
  readonly message: string
}

export const reject = (code: ErrorCode, message: string): Rejection => ({
  verdict: 'reject',
  code,
  message,
})
export const noop = (messageId: string, change?: StateChange): Unnumbered => ({
  verdict: 'noop',
  messageId,
  ...(change && { change }),
})
