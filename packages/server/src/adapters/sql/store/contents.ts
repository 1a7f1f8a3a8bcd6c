import { LIMITS, type ReactionSummary } from '@tidings/protocol'
import { type RawBuilder, sql } from 'kysely'
import type { Content } from '../../../stream/serve.js'
import type { SqlDialect } from '../dialect.js'
import type { SqlAnswers, SqlRead, SqlRow, SqlValue } from '../driver.js'
import { effectCounts, PARAMETER, statementTexts } from './compile.js'

export type ContentStatements = ReturnType<typeof contentStatements>

/**
 * What later events did to the messages of a range, summed up by the engine, so that what crosses does not
 * grow with the number of edits, replies and changed minds. Each but the first takes channel_id, epoch, first and
 * last number.
 */
export function contentStatements(dialect: SqlDialect) {
  const text = statementTexts(dialect)
  const range = (kinds: RawBuilder<unknown>) => sql`
    channel_id = ${PARAMETER} and target_epoch = ${PARAMETER} and kind ${kinds}
    and target_seq between ${PARAMETER} and ${PARAMETER} and ${effectCounts(false)}`
  return {
    /** channel_id, epoch, number: a row if the message there is deleted. */
    deleted: text(sql`
      select by_seq from effects
      where channel_id = ${PARAMETER} and target_epoch = ${PARAMETER} and kind = 'delete'
        and target_seq = ${PARAMETER} and ${effectCounts(false)} limit 1`),
    /** Per message and kind: how many, the first and the last. */
    sums: text(sql`
      select target_seq, kind, count(*) as total, min(by_seq) as first_seq, max(by_seq) as last_seq
      from effects where ${range(sql`in ('delete', 'edit', 'reaction', 'reply')`)}
      group by target_seq, kind`),
    /** Per message: the latest edit. */
    edits: text(sql`
      select target_seq, text, by_seq from (
        select target_seq, text, by_seq, row_number() over (
          partition by target_seq order by generation desc, log_offset desc) as age
        from effects where ${range(sql`= 'edit'`)}) as edits
      where age = 1 and text is not null`),
    /** Per message and emoji of those with the most users: how many stand by it now, and the first of them (P-56). */
    reactions: text(sql`
      select target_seq, emoji, user_id, total from (
        select users.*, dense_rank() over (
          partition by target_seq order by total desc, emoji) as popularity
        from (
          select target_seq, emoji, user_id, generation, log_offset,
            count(*) over (partition by target_seq, emoji) as total,
            row_number() over (partition by target_seq, emoji order by generation, log_offset) as place
          from (
            select target_seq, emoji, user_id, present, generation, log_offset, row_number() over (
              partition by target_seq, emoji, user_id order by generation desc, log_offset desc) as age
            from effects where ${range(sql`= 'reaction'`)}) as changes
          where age = 1 and present = 1) as users) as ranked
      where place <= ${sql.lit(LIMITS.reactionUserIdsMax)}
        and popularity <= ${sql.lit(LIMITS.reactionEmojiMax)}
      order by target_seq, generation, log_offset`),
  }
}

/** What to ask for these ranges; `contentsIn` reads the answers. */
export const contentReads = (
  statements: ContentStatements,
  ranges: readonly (readonly SqlValue[])[],
): readonly SqlRead[] =>
  ranges.length === 0
    ? []
    : [
        { sql: statements.sums, rows: ranges },
        { sql: statements.edits, rows: ranges },
        { sql: statements.reactions, rows: ranges },
      ]

/** Content by number, for the messages that something was done to (R9). Ranges of one page do not overlap. */
export function contentsIn(answers: SqlAnswers): ReadonlyMap<number, Content> {
  const [sums = [], edits = [], reactions = []] = answers.map((ranges) => ranges.flat())
  const summaries = summariesIn(reactions)
  const edited = new Map(
    edits.map((row) => [
      Number(row.target_seq),
      { text: JSON.parse(String(row.text)) as string, bySeq: Number(row.by_seq) },
    ]),
  )
  const contents = new Map<number, Content>()
  for (const row of sums) {
    const seq = Number(row.target_seq)
    const edit = edited.get(seq)
    const known = contents.get(seq) ?? {
      rev: 0,
      ...(edit && { edit }),
      reactions: summaries.get(seq) ?? [],
      replyCount: 0,
    }
    contents.set(seq, {
      ...known,
      rev: Math.max(known.rev, Number(row.last_seq)),
      ...(row.kind === 'delete' && { deletedSeq: Number(row.first_seq) }),
      ...(row.kind === 'reply' && { replyCount: Number(row.total) }),
    })
  }
  return contents
}

/** Rows come in the order in which the users reacted. */
function summariesIn(rows: readonly SqlRow[]): ReadonlyMap<number, readonly ReactionSummary[]> {
  const bySeq = new Map<number, Map<string, { emoji: string; count: number; user_ids: string[] }>>()
  for (const row of rows) {
    const seq = Number(row.target_seq)
    const emoji = String(row.emoji)
    const summaries = bySeq.get(seq) ?? new Map()
    bySeq.set(seq, summaries)
    const summary = summaries.get(emoji) ?? { emoji, count: Number(row.total), user_ids: [] }
    summaries.set(emoji, summary)
    summary.user_ids.push(String(row.user_id))
  }
  return new Map(Array.from(bySeq, ([seq, summaries]) => [seq, [...summaries.values()]]))
}
