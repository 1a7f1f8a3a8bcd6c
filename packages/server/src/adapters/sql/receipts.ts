import {
  isFurther,
  type ReceiptKind,
  type ReceiptRise,
  type Receipts,
  type Watermark,
  type Watermarks,
} from '../../ports/receipts.js'
import { uncontended } from './contention.js'
import type { SqlDriver, SqlRow, SqlStatement } from './driver.js'
import { coalesce } from './store/coalesce.js'

const OF_USER = 'SELECT * FROM receipts WHERE user_id = ?'
const IN_CHANNEL =
  'SELECT * FROM receipts WHERE channel_id = ? AND user_id > ? ORDER BY user_id LIMIT ?'

const reachedOf = (kind: ReceiptKind): string =>
  `SELECT count(*) AS reached FROM receipts
   WHERE channel_id = ? AND (${kind}_epoch, ${kind}_seq) >= (CAST(? AS BIGINT), CAST(? AS BIGINT))`

/** The row keeps what is further: whoever comes late, or again, changes nothing. */
const raiseOf = (kind: ReceiptKind): string =>
  `INSERT INTO receipts (user_id, channel_id, ${kind}_epoch, ${kind}_seq, ${kind}_count)
   VALUES (?, ?, ?, ?, ?)
   ON CONFLICT (user_id, channel_id) DO UPDATE SET
     ${kind}_epoch = excluded.${kind}_epoch,
     ${kind}_seq = excluded.${kind}_seq,
     ${kind}_count = excluded.${kind}_count
   WHERE (receipts.${kind}_epoch, receipts.${kind}_seq) < (excluded.${kind}_epoch, excluded.${kind}_seq)`

const SQL = {
  read: { raise: raiseOf('read'), reached: reachedOf('read') },
  delivered: { raise: raiseOf('delivered'), reached: reachedOf('delivered') },
} as const

/** Receipts on SQL, beside the directory. A call is one transaction; the driver stays the caller's to close. */
export function createSqlReceipts(driver: SqlDriver): Receipts {
  const ask = coalesce(driver)

  async function rows(sql: string, params: readonly (string | number)[]) {
    const [answers] = await ask([{ sql, rows: [params] }])
    return answers?.[0] ?? []
  }

  return {
    async raise(rises) {
      const statements = statementsOf(rises)
      if (statements.length === 0) return
      await uncontended(() => driver.batch(statements))
    },
    ofUser: async (userId) => (await rows(OF_USER, [userId])).map(marksOf),
    inChannel: async (channelId, { after = '', limit }) =>
      (await rows(IN_CHANNEL, [channelId, after, limit])).map(marksOf),
    async reached(channelId, { epoch, seq }) {
      const [read, delivered] = await Promise.all(
        (['read', 'delivered'] as const).map(async (kind) => {
          const [row] = await rows(SQL[kind].reached, [channelId, epoch, seq])
          return Number(row?.reached ?? 0)
        }),
      )
      return { read: read ?? 0, delivered: delivered ?? 0 }
    },
  }
}

/** One row for each watermark, the furthest; in the same order everywhere, so that writers do not lock each other. */
function statementsOf(rises: readonly ReceiptRise[]): readonly SqlStatement[] {
  return (['read', 'delivered'] as const).flatMap((kind) => {
    const furthest = new Map<string, ReceiptRise>()
    for (const rise of rises) {
      if (rise.kind !== kind) continue
      const key = `${rise.userId}\n${rise.channelId}`
      if (isFurther(rise, furthest.get(key))) furthest.set(key, rise)
    }
    if (furthest.size === 0) return []
    const sorted = [...furthest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, rise]) => rise)
    return {
      sql: SQL[kind].raise,
      rows: sorted.map(({ userId, channelId, epoch, seq, messageCount }) => [
        userId,
        channelId,
        epoch,
        seq,
        messageCount,
      ]),
    }
  })
}

function marksOf(row: SqlRow): Watermarks {
  const read = markOf(row.read_epoch, row.read_seq, row.read_count)
  const delivered = markOf(row.delivered_epoch, row.delivered_seq, row.delivered_count)
  return {
    channelId: String(row.channel_id),
    userId: String(row.user_id),
    ...(read !== undefined && { read }),
    ...(delivered !== undefined && { delivered }),
  }
}

function markOf(epoch: unknown, seq: unknown, messageCount: unknown): Watermark | undefined {
  if (Number(epoch) === 0) return undefined
  return { epoch: Number(epoch), seq: Number(seq), messageCount: Number(messageCount) }
}
