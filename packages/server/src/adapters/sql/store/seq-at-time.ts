import { sql } from 'kysely'
import type { Head } from '../../../ports/message-store.js'
import { epochHolding } from '../../../stream/event.js'
import { searchSeqAtTime } from '../../../stream/seq-at-time.js'
import type { SqlDialect } from '../dialect.js'
import type { Ask } from './coalesce.js'
import { PARAMETER, statementTexts } from './compile.js'

/** channel_id, epoch, number */
export const acceptedAtStatement = (dialect: SqlDialect): string =>
  statementTexts(dialect)(sql`
    select accepted_at from events
    where channel_id = ${PARAMETER} and epoch = ${PARAMETER} and channel_seq = ${PARAMETER}`)

/** By asking for the times of several numbers in one crossing: `searchSeqAtTime` says of which. */
export const findSeqAtTime = (
  ask: Ask,
  statement: string,
  head: Head,
  timestampMs: number,
): Promise<number> =>
  searchSeqAtTime(head, timestampMs, async (seqs) => {
    const rows = seqs.map((seq) => [head.channelId, epochHolding(head.epochs, seq), seq])
    const [answers = []] = await ask([{ sql: statement, rows }])
    return seqs.map((_, i) => Number(answers[i]?.[0]?.accepted_at))
  })
