import { type Kysely, type Selectable, sql } from 'kysely'
import { inPages } from '../../../environment/pieces.js'
import type { Cursor, OutboxEntry } from '../../../ports/directory.js'
import type { Tables } from '../schema.js'

type Database = Kysely<Tables>

/** Channels that are asked for by one statement: engines bound its parameters (I7). */
const ASKED_AT_ONCE = 1_000

/** From one channel to the next along the index, however much waits in each. */
export const channelsWaiting = (db: Database, { after = '', limit }: Cursor) =>
  db
    .withRecursive('waiting(channel_id, nth)', (cte) =>
      cte
        .selectNoFrom([nextAfter(sql`${after}`).as('channel_id'), sql<number>`1`.as('nth')])
        .unionAll(
          cte
            .selectFrom('waiting')
            .select([
              nextAfter(sql`waiting.channel_id`).as('channel_id'),
              sql<number>`nth + 1`.as('nth'),
            ])
            .where('waiting.channel_id', 'is not', null)
            .where('nth', '<', limit),
        ),
    )
    .selectFrom('waiting')
    .select(sql<string>`channel_id`.as('channel_id'))
    .where('channel_id', 'is not', null)
    .orderBy('nth')

const nextAfter = (channelId: ReturnType<typeof sql>) =>
  sql<string | null>`(select min(o.channel_id) from outbox as o where o.channel_id > ${channelId})`

export const entriesOf = (db: Database, channelId: string, limit: number) =>
  db
    .selectFrom('outbox')
    .selectAll()
    .where('channel_id', '=', channelId)
    .orderBy('entry_id')
    .limit(limit)

export async function outboxChannels(db: Database, cursor: Cursor): Promise<readonly string[]> {
  const rows = await channelsWaiting(db, cursor).execute()
  return rows.map((row) => row.channel_id)
}

export async function outbox(
  db: Database,
  channelId: string,
  limit: number,
): Promise<readonly OutboxEntry[]> {
  const rows = await entriesOf(db, channelId, limit).execute()
  return rows.map(entryIn)
}

/** What is not done yet of a user's leaving these channels, ascending. */
export async function leavings(
  db: Database,
  userId: string,
  channelIds: readonly string[],
): Promise<readonly OutboxEntry[]> {
  const found: OutboxEntry[] = []
  for (const some of inPages(channelIds, ASKED_AT_ONCE)) {
    const rows = await db
      .selectFrom('outbox')
      .selectAll()
      .where('channel_id', 'in', some)
      .where('user_id', '=', userId)
      .execute()
    found.push(...rows.map(entryIn).filter(({ payload }) => payload.kind === 'member.leave'))
  }
  return found.sort((a, b) => a.entryId - b.entryId)
}

const entryIn = (row: Selectable<Tables['outbox']>): OutboxEntry => ({
  entryId: row.entry_id,
  channelId: row.channel_id,
  userId: row.user_id,
  payload: JSON.parse(row.payload) as OutboxEntry['payload'],
  createdAt: row.created_at,
  ...(row.nonce !== null && { nonce: row.nonce }),
})

export async function outboxDone(db: Database, entryIds: readonly number[]): Promise<void> {
  if (entryIds.length === 0) return
  await db.deleteFrom('outbox').where('entry_id', 'in', entryIds).execute()
}
