/** A token bucket in two numbers, so that one can be kept for every connection. */
export interface Bucket {
  tokens: number
  /** On the monotonic clock, in milliseconds. */
  filledAt: number
}

export interface BucketRate {
  readonly perSecond: number
  readonly burst: number
}

export const fullBucket = ({ burst }: BucketRate, now: number): Bucket => ({
  tokens: burst,
  filledAt: now,
})

/**
 * Takes one token; answers 0, or how many milliseconds until there would have been one. What is refused counts
 * against who asked, down to `-debtMax`: who goes on regardless waits longer, and is a flood at that depth.
 */
export function take(bucket: Bucket, rate: BucketRate, now: number, debtMax = 0): number {
  const filled = bucket.tokens + ((now - bucket.filledAt) / 1_000) * rate.perSecond
  const left = Math.min(rate.burst, filled) - 1
  bucket.filledAt = now
  bucket.tokens = Math.max(-debtMax, left)
  return left >= 0 ? 0 : Math.ceil((-left / rate.perSecond) * 1_000)
}
