/** How far somebody is in a channel; two compare as (epoch, seq). */
export interface Watermark {
  readonly epoch: number
  readonly seq: number
  /** The number of messages up to and including `seq`: unread counts need no scan. */
  readonly messageCount: number
}

export type ReceiptKind = 'read' | 'delivered'

/** A watermark that is to rise. */
export interface ReceiptRise extends Watermark {
  readonly kind: ReceiptKind
  readonly channelId: string
  readonly userId: string
}

export interface Watermarks {
  readonly channelId: string
  readonly userId: string
  readonly read?: Watermark
  readonly delivered?: Watermark
}

/**
 * Read and delivered watermarks of each user in each channel, over all devices.
 *
 * An adapter
 * - MUST be durable when `raise` resolves, and leave a watermark that is as high or higher as it is: whatever the
 *   order, however often, whoever else raises it at the same time;
 * - MUST take many rises at once, several of one watermark among them, at the cost of few;
 * - MUST reject when its engine is away, and leave nothing that is in between.
 */
export interface Receipts {
  raise(rises: readonly ReceiptRise[]): Promise<void>
  /** All of one user, in any order. */
  ofUser(userId: string): Promise<readonly Watermarks[]>
  /** All of one channel, ascending by user id, after a user. */
  inChannel(
    channelId: string,
    cursor: { readonly after?: string; readonly limit: number },
  ): Promise<readonly Watermarks[]>
  /** How many have read, and got, at least so far. */
  reached(
    channelId: string,
    mark: Pick<Watermark, 'epoch' | 'seq'>,
  ): Promise<{ readonly read: number; readonly delivered: number }>
}

/** True if `a` is further than `b`. */
export const isFurther = (
  a: Pick<Watermark, 'epoch' | 'seq'>,
  b: Pick<Watermark, 'epoch' | 'seq'> | undefined,
): boolean => b === undefined || a.epoch > b.epoch || (a.epoch === b.epoch && a.seq > b.seq)
