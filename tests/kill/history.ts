/** What the kill test writes down, as lines of JSON. Plain data: the checker shares no code with the product. */

export interface Sent {
  readonly kind: 'sent'
  /** Milliseconds of the machine's clock: when `send()` was called. */
  readonly at: number
  readonly client: string
  readonly channel: string
  readonly clientMsgId: string
  readonly text: string
}

/** `send()` resolved: the client may rely on it. */
export interface Acked {
  readonly kind: 'acked'
  readonly at: number
  readonly client: string
  readonly channel: string
  readonly clientMsgId: string
  readonly seq: number
  readonly messageId: string
}

/** `send()` rejected, which nothing in this test justifies. */
export interface Rejected {
  readonly kind: 'rejected'
  readonly client: string
  readonly clientMsgId: string
  readonly reason: string
}

/** A client emitted a message or a gap, in this order. */
export interface Shown {
  readonly kind: 'shown'
  readonly at?: number
  readonly client: string
  readonly channel: string
  readonly epoch: number
  readonly seq: number
  readonly userId: string
  readonly clientMsgId: string
  readonly messageId: string
  readonly text: string
}
export interface Skipped {
  readonly kind: 'gap'
  readonly client: string
  readonly channel: string
  readonly from: number
  readonly to: number
}

export type Line = Sent | Acked | Rejected | Shown | Skipped

/** A message as the store holds it. */
export interface Row {
  readonly channel: string
  readonly epoch: number
  readonly seq: number
  readonly userId: string
  readonly clientMsgId: string
  readonly messageId: string
  readonly text: string
  /** Not a message: a join, for example. It has a number all the same. */
  readonly other?: boolean
}
