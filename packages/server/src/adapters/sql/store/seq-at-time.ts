import { sql } from 'kysely'
import type { Head } from '../../../ports/message-store.js'
import { epochHolding } from '../../../stream/event.js'
import type { SqlDialect } from '../dialect.js'
import type { Ask } from './coalesce.js'
import { PARAMETER, statementTexts } from './compile.js'

/** Numbers looked at in one crossing: a million are narrowed down in five. */
const PROBES = 16

/** channel_id, epoch, number */
export const acceptedAtStatement = (dialect: SqlDialect): string =>
  statementTexts(dialect)(sql`
    select accepted_at from events
    where channel_id = ${PARAMETER} and epoch = ${PARAMETER} and channel_seq = ${PARAMETER}`)

/**
 * The lowest number accepted at or after a time; head + 1 when there is none. Numbers are gapless and times near
 * enough ascending, so it is searched for by probing, with no index by time to be written on every send.
 */
export async function findSeqAtTime(
  ask: Ask,
  statement: string,
  head: Head,
  timestampMs: number,
): Promise<number> {
  let low = head.oldestSeq
  let high = head.headSeq + 1
  while (low < high) {
    const probes = spread(low, high)
    const [answers = []] = await ask([
      {
        sql: statement,
        rows: probes.map((seq) => [head.channelId, epochHolding(head.epochs, seq), seq]),
      },
    ])
    const found = probes.findIndex((_, i) => Number(answers[i]?.[0]?.accepted_at) >= timestampMs)
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
