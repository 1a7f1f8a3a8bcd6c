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
 * Takes one token; answers 0, or how many milliseconds until there will be one. With `debtMax` what is refused
 * counts against who asked, down to that debt: who goes on regardless waits longer, and is a flood at that depth.
 */
export function take(bucket: Bucket, rate: BucketRate, now: number, debtMax = 0): number {
  const refilled = bucket.tokens + ((now - bucket.filledAt) / 1_000) * rate.perSecond
  const there = Math.min(rate.burst, refilled)
  bucket.filledAt = now
  if (there >= 1) {
    bucket.tokens = there - 1
    return 0
  }
  bucket.tokens = debtMax === 0 ? there : Math.max(-debtMax, there - 1)
  return Math.ceil(((1 - bucket.tokens) / rate.perSecond) * 1_000)
}
