import type { Head } from '../../../ports/message-store.js'
import { bucketOf, epochHolding } from '../../../stream/event.js'
import type { Statements } from '../statements.js'
import { readEvents } from './read-stretch.js'
import type { Read } from './strongest.js'

/** Numbers looked at in one round: a million are narrowed down in five. */
const PROBES = 16

/**
 * The lowest number accepted at or after a time; head + 1 when there is none. Numbers are gapless and times near
 * enough ascending, so it is searched for by probing, with no table by time to be written on every send.
 */
export async function findSeqAtTime(
  read: Read,
  statements: Statements,
  head: Head,
  timestampMs: number,
): Promise<number> {
  let low = head.oldestSeq
  let high = head.headSeq + 1
  while (low < high) {
    const probes = spread(low, high)
    const times = await Promise.all(probes.map((seq) => acceptedAt(read, statements, head, seq)))
    const found = times.findIndex((time) => time >= timestampMs)
    const before = found < 0 ? probes.at(-1) : probes[found - 1]
    high = probes[found] ?? high
    low = before === undefined ? low : before + 1
  }
  return low
}

async function acceptedAt(
  read: Read,
  statements: Statements,
  { channelId, epochs }: Head,
  seq: number,
): Promise<number> {
  const stretch = {
    epoch: epochHolding(epochs, seq),
    bucket: bucketOf(seq),
    fromSeq: seq,
    toSeq: seq,
  }
  const [event] = await readEvents(read, statements, channelId, stretch)
  return event === undefined || event.type === 'event.hidden' ? 0 : event.ts
}

/** Evenly spread over [low, high), without repeats. */
function spread(low: number, high: number): readonly number[] {
  const count = Math.min(PROBES, high - low)
  return Array.from({ length: count }, (_, i) => low + Math.floor(((high - low) * i) / count))
}
