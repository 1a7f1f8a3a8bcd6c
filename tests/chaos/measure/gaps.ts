/** A stretch of time in which something did not happen that happens all the time otherwise; milliseconds. */
export interface Gap {
  readonly fromMs: number
  readonly toMs: number
}

export const lengthOf = ({ fromMs, toMs }: Gap): number => toMs - fromMs

/**
 * The longest time between two happenings that follow each other, of those that lie in a window at least in part. What
 * begins before the window counts from its beginning there, and what has not ended with the window ends with it.
 * @param times ascending
 */
export function longestGap(times: readonly number[], window: Gap): Gap {
  const first = countUpTo(times, window.fromMs)
  let longest: Gap = { fromMs: window.fromMs, toMs: window.fromMs }
  let before = times[first - 1] ?? window.fromMs
  for (let i = first; i <= times.length; i++) {
    const next = Math.min(times[i] ?? window.toMs, Math.max(window.toMs, before))
    if (next - before > lengthOf(longest)) longest = { fromMs: before, toMs: next }
    if ((times[i] ?? Number.POSITIVE_INFINITY) >= window.toMs) break
    before = times[i] ?? before
  }
  return longest
}

/** How many of ascending numbers are at most this. */
export function countUpTo(ascending: readonly number[], most: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? 0) <= most) low = middle + 1
    else high = middle
  }
  return low
}
