const BASE_MS = 25

/** How long to wait after so many failures in a row: exponential, with half of it by chance. */
export function retryDelayMs(failures: number, maxMs: number, random: number): number {
  const ceiling = Math.min(maxMs, BASE_MS * 2 ** Math.min(failures, 16))
  return Math.ceil((ceiling * (1 + random)) / 2)
}
