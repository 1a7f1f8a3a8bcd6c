import type { ChannelEvent } from '@tidings/protocol'
import { sql } from 'kysely'
import { type Head, type Page, type PageQuery, StoreDamaged } from '../../../ports/message-store.js'
import { epochHolding } from '../../../stream/event.js'
import {
  askedRange,
  type BucketRange,
  bucketRanges,
  covered,
  PAGE_SCAN_MAX_EVENTS,
  type SeqRange,
} from '../../../stream/pages.js'
import { type Content, serveEvent } from '../../../stream/serve.js'
import type { SqlDialect } from '../dialect.js'
import type { SqlRead, SqlRow, SqlValue } from '../driver.js'
import type { Ask } from './coalesce.js'
import { PARAMETER, statementTexts } from './compile.js'
import { type ContentStatements, contentReads, contentsIn } from './contents.js'
import { stateIn } from './rows.js'

export type PageStatements = ReturnType<typeof pageStatements>

/** Every statement of `pages`, with its parameters in the order of their comment. */
export function pageStatements(dialect: SqlDialect) {
  const text = statementTexts(dialect)
  const range = sql`channel_id = ${PARAMETER} and epoch = ${PARAMETER}
    and channel_seq between ${PARAMETER} and ${PARAMETER}`
  const messages = (order: 'asc' | 'desc') =>
    text(sql`
      select epoch, channel_seq, message_count, event from events where ${range} and is_message = 1
      order by channel_seq ${sql.raw(order)} limit ${PARAMETER}`)
  return {
    /** channel_id */
    head: text(sql`select * from heads where channel_id = ${PARAMETER}`),
    /** channel_id, epoch, first and last number */
    events: text(sql`
      select epoch, channel_seq, event from events where ${range} order by channel_seq`),
    /** The same, then how many at most. */
    messages: { forward: messages('asc'), backward: messages('desc') },
  }
}

/** In the order asked; undefined for a channel without events. */
export async function readHeads(
  ask: Ask,
  { head }: PageStatements,
  channelIds: readonly string[],
): Promise<readonly (Head | undefined)[]> {
  const [answers = []] = await ask([{ sql: head, rows: channelIds.map((id) => [id]) }])
  return channelIds.map((channelId, i) => {
    const row = answers[i]?.[0]
    return row && { ...stateIn(row), channelId }
  })
}

/**
 * One page, found by arithmetic: numbers are gapless, so it lies where its numbers say, at any depth. The head
 * is read first (R14), then the rows and what was done to them since (R9).
 */
export async function readPage(
  ask: Ask,
  statements: PageStatements & { readonly contents: ContentStatements },
  query: PageQuery,
): Promise<Page> {
  const [head] = await readHeads(ask, statements, [query.channelId])
  if (head === undefined) {
    return { asOf: undefined, events: [], fromSeq: 1, toSeq: 0, hasMore: false }
  }
  const asked = askedRange(query, head)
  const scan = scanned(asked, query)
  const stretches = [...bucketRanges(head.epochs, scan, query.direction)]
  const { rows, contents } = query.onlyMessages
    ? await readMessages(ask, statements, query, stretches)
    : await readEvents(ask, statements, query, stretches)
  const full = query.onlyMessages === true && rows.length === query.limit
  const events = rows.map((row) => JSON.parse(String(row.event)) as ChannelEvent)
  const gone = await deletedTargets(ask, statements.contents, head, events)
  return {
    asOf: head,
    events: events.map((event) =>
      serveEvent(event, contents.get(event.channel_seq), gone.has(event.channel_seq)),
    ),
    ...covered(asked, query.direction, stoppedAt(asked, scan, query, full ? rows : [])),
  }
}

interface Found {
  /** Ascending by number. */
  readonly rows: readonly SqlRow[]
  readonly contents: ReadonlyMap<number, Content>
}

/** The numbers that a page may look at (I7). */
function scanned(asked: SeqRange, { direction, onlyMessages, limit }: PageQuery): SeqRange {
  const most = onlyMessages ? PAGE_SCAN_MAX_EVENTS : limit
  return direction === 'forward'
    ? { fromSeq: asked.fromSeq, toSeq: Math.min(asked.toSeq, asked.fromSeq + most - 1) }
    : { fromSeq: Math.max(asked.fromSeq, asked.toSeq - most + 1), toSeq: asked.toSeq }
}

/** The last number looked at; undefined when that was the end of what is asked. */
function stoppedAt(
  asked: SeqRange,
  scan: SeqRange,
  { direction }: PageQuery,
  full: readonly SqlRow[],
): number | undefined {
  const last = direction === 'forward' ? full.at(-1) : full[0]
  const seq = last && Number(last.channel_seq)
  if (direction === 'forward') {
    const end = seq ?? scan.toSeq
    return end < asked.toSeq ? end : undefined
  }
  const end = seq ?? scan.fromSeq
  return end > asked.fromSeq ? end : undefined
}

const paramsOf = (channelId: string, { epoch, fromSeq, toSeq }: BucketRange): SqlValue[] => [
  channelId,
  epoch,
  fromSeq,
  toSeq,
]

/** Which rows it will be is known before: they and their contents come in one crossing. */
async function readEvents(
  ask: Ask,
  statements: PageStatements & { readonly contents: ContentStatements },
  { channelId }: PageQuery,
  stretches: readonly BucketRange[],
): Promise<Found> {
  const params = stretches.map((stretch) => paramsOf(channelId, stretch))
  const [rows = [], ...contents] = await ask([
    { sql: statements.events, rows: params },
    ...contentReads(statements.contents, params),
  ])
  const found = inOrder(rows)
  const asked = stretches.reduce((sum, { fromSeq, toSeq }) => sum + toSeq - fromSeq + 1, 0)
  if (found.length !== asked) throw missing(channelId)
  return { rows: found, contents: contentsIn(contents) }
}

/** How far the messages reach is known once they are read: their contents follow. */
async function readMessages(
  ask: Ask,
  statements: PageStatements & { readonly contents: ContentStatements },
  { channelId, direction, limit }: PageQuery,
  stretches: readonly BucketRange[],
): Promise<Found> {
  const read: SqlRead = {
    sql: statements.messages[direction],
    rows: stretches.map((stretch) => [...paramsOf(channelId, stretch), limit]),
  }
  const [answers = []] = await ask([read])
  const rows = inOrder([answers.flat().slice(0, limit)])
  // messages count up by one: a hole among them shows
  const first = Number(rows[0]?.message_count)
  if (rows.some((row, i) => row.message_count !== first + i)) throw missing(channelId)
  const tight = stretches.flatMap(({ epoch }) => {
    const seqs = rows.filter((row) => row.epoch === epoch).map((row) => Number(row.channel_seq))
    const [first, last] = [seqs[0], seqs.at(-1)]
    return first === undefined || last === undefined ? [] : [[channelId, epoch, first, last]]
  })
  const contents = await ask(contentReads(statements.contents, tight))
  return { rows, contents: contentsIn(contents) }
}

const inOrder = (stretches: readonly (readonly SqlRow[])[]): readonly SqlRow[] =>
  stretches.flat().sort((a, b) => Number(a.channel_seq) - Number(b.channel_seq))

/** I6: what is not there is never skipped silently. */
const missing = (channelId: string): StoreDamaged =>
  new StoreDamaged(`numbers at or below the head of ${channelId} are missing`)

/** The numbers of those edits whose message is deleted: they are served without their text (R9). */
async function deletedTargets(
  ask: Ask,
  { deleted }: ContentStatements,
  head: Head,
  events: readonly ChannelEvent[],
): Promise<ReadonlySet<number>> {
  const edits = events.filter((event) => event.type === 'message.edited')
  if (edits.length === 0) return new Set()
  const rows = edits.map(({ channel_id, target_seq }) => [
    channel_id,
    epochHolding(head.epochs, target_seq),
    target_seq,
  ])
  const [answers = []] = await ask([{ sql: deleted, rows }])
  return new Set(edits.filter((_, i) => answers[i]?.length === 1).map((edit) => edit.channel_seq))
}
