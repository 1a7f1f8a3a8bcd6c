/** Up to where somebody has a channel: it only rises, by epoch first and number then (P-91). */
export interface Watermark {
  readonly epoch: number
  readonly seq: number
}

/** True if `a` says more than `b`. Pure. */
export const isHigher = (a: Watermark, b: Watermark | undefined): boolean =>
  !b || a.epoch > b.epoch || (a.epoch === b.epoch && a.seq > b.seq)

/** After numbering started anew above `fromSeq`: what lay above is void. Pure. */
export const afterReset = <M extends Watermark>(mark: M, epoch: number, fromSeq: number): M =>
  mark.epoch < epoch ? { ...mark, epoch, seq: Math.min(mark.seq, fromSeq) } : mark
