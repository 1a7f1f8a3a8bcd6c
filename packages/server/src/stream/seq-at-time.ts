/** Numbers looked at in one round: a million are narrowed down in five. */
const PROBES = 16

/**
 * The lowest number accepted at or after a time; head + 1 when there is none. Numbers are gapless and times near
 * enough ascending, so it is searched for by probing, with nothing by time to be written on every send. `timesOf`
 * answers in the order asked; what it cannot tell lies before.
 */
export async function searchSeqAtTime(
  { oldestSeq, headSeq }: { readonly oldestSeq: number; readonly headSeq: number },
  timestampMs: number,
  timesOf: (seqs: readonly number[]) => Promise<readonly number[]>,
): Promise<number> {
  let low = oldestSeq
  let high = headSeq + 1
  while (low < high) {
    const probes = spread(low, high)
    const times = await timesOf(probes)
    const found = times.findIndex((time) => time >= timestampMs)
    const before = found < 0 ? probes.at(-1) : probes[found - 1]
    high = probes[found] ?? high
    low = before === undefined ? low : before + 1
  }
  return low
}

/** Evenly spread over [low, high), without repeats. */
function spread(low: number, high: number): readonly number[] {
  const count = Math.min(PROBES, high - low)
  return Array.from({ length: count }, (_, i) => low + Math.floor(((high - low) * i) / count))
}
