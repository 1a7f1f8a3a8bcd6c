const BASE_MS = 50
const MAX_MS = 5_000

/** How long to wait after the given number of failures in a row: exponential, with full jitter. */
export function backOffMs(failures: number, random: number): number {
  const ceiling = Math.min(MAX_MS, BASE_MS * 2 ** Math.min(failures, 16))
  return Math.ceil(random * ceiling)
}
