import type { Transaction } from 'kysely'
import {
  type Author,
  authorIn,
  decideRemove,
  decideSet,
  type EntryDraft,
  type MemberChange,
  type MemberDecision,
  type MemberRow,
  noChannel,
  PLATFORM,
} from '../../../directory/decisions.js'
import type { Directory, Leaving, OutboxEntry } from '../../../ports/directory.js'
import type { SqlDialect } from '../dialect.js'
import type { ChannelsTable, MembersTable, Tables } from '../schema.js'
import { membership, shownIn } from './membership-reads.js'
import { leavings } from './outbox.js'
import { inWorkspace } from './people.js'

/** What a transaction on memberships needs besides its own connection. */
export interface Writing {
  readonly trx: Transaction<Tables>
  readonly dialect: SqlDialect
  readonly now: () => number
  readonly nonce: () => string
}

/** R15: from here on nobody else changes this channel's membership; so its entries keep their order. */
export const lockChannel = (writing: Writing, channelId: string): Promise<ChannelsTable> =>
  channelRow(writing, channelId, writing.dialect.locked)

async function channelRow(
  { trx }: Writing,
  channelId: string,
  lock?: SqlDialect['locked'],
): Promise<ChannelsTable> {
  const row = await trx
    .selectFrom('channels')
    .selectAll()
    .where('channel_id', '=', channelId)
    .$if(lock !== undefined, (query) => query.modifyEnd(lock as SqlDialect['locked']))
    .executeTakeFirst()
  if (row === undefined) throw noChannel()
  return row
}

/** After the lock (R15): numbers are given out in the order in which the channel's changes are committed. */
export async function enter(
  writing: Writing,
  channelId: string,
  entry: EntryDraft,
): Promise<OutboxEntry> {
  const stamp = stampOf(writing)
  const rows = [{ channelId, entry }]
  const { entry_id } = await entering(writing, rows, stamp).executeTakeFirstOrThrow()
  return { entryId: entry_id, channelId, ...entry, ...stamp }
}

/** Of what is entered at once. */
export const stampOf = ({ now, nonce }: Writing) => ({ createdAt: now(), nonce: nonce() })

/** The same for several channels, all of them locked. */
export const entering = (
  { trx, dialect }: Writing,
  rows: readonly { readonly channelId: string; readonly entry: EntryDraft }[],
  { createdAt, nonce }: ReturnType<typeof stampOf>,
) =>
  trx
    .insertInto('outbox')
    .values(
      rows.map(({ channelId, entry }) => ({
        channel_id: channelId,
        user_id: entry.userId,
        payload: JSON.stringify(entry.payload),
        created_at: createdAt,
        nonce,
      })),
    )
    .returning([
      'entry_id',
      ...(dialect.notice === undefined ? [] : [dialect.notice.as('noticed')]),
    ])

/** Adds or changes a member of a channel that is locked. */
export async function setIn(
  writing: Writing,
  channelId: string,
  change: MemberChange,
  colleagues: ReadonlySet<string>,
): Promise<readonly OutboxEntry[]> {
  const { current, ...others } = await standing(writing, channelId, change)
  const surroundings = { ...others, inWorkspace: colleagues.has(change.userId) }
  const decision = decideSet(current, change, surroundings)
  return decision === undefined ? [] : apply(writing, channelId, change.userId, current, decision)
}

export async function setMember(
  writing: Writing,
  { channelId, ...change }: Parameters<Directory['setMember']>[0],
): ReturnType<Directory['setMember']> {
  const { workspace_id } = await channelRow(writing, channelId)
  const colleagues = await inWorkspace(writing, workspace_id, [change.userId])
  await lockChannel(writing, channelId)
  const entries = await setIn(writing, channelId, change, colleagues)
  const value = await membership(writing.trx, channelId, change.userId)
  if (value === undefined) throw new Error('a member that was just written is not there')
  return { value, entries }
}

export async function removeMember(
  writing: Writing,
  { channelId, ...change }: Parameters<Directory['removeMember']>[0],
): ReturnType<Directory['removeMember']> {
  await lockChannel(writing, channelId)
  const { current, ...others } = await standing(writing, channelId, change)
  const decision = decideRemove(current, change, others)
  if (decision !== undefined) await apply(writing, channelId, change.userId, current, decision)
  const version = decision?.row.version ?? current?.version ?? 0
  return { value: { version }, entries: await leavings(writing.trx, change.userId, [channelId]) }
}

/** After the lock: nobody is promoted, demoted or removed between what is read here and the change (I8). */
async function standing(
  { trx }: Writing,
  channelId: string,
  { userId, by }: { readonly userId: string; readonly by?: string },
): Promise<{ current: MemberRow | undefined; author: Author; otherOwners: number }> {
  const current = await rowOf(trx, channelId, userId)
  const author = by === undefined ? PLATFORM : authorIn(await rowOf(trx, channelId, by))
  if (current?.role !== 'owner') return { current, author, otherOwners: 0 }
  const { owners } = await trx
    .selectFrom('members')
    .select((select) => select.fn.countAll<number>().as('owners'))
    .where('channel_id', '=', channelId)
    .where('role', '=', 'owner')
    .executeTakeFirstOrThrow()
  return { current, author, otherOwners: owners - 1 }
}

async function rowOf(
  trx: Transaction<Tables>,
  channelId: string,
  userId: string,
): Promise<MemberRow | undefined> {
  const row = await trx
    .selectFrom('members')
    .selectAll()
    .where('channel_id', '=', channelId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row && memberRow(row)
}

async function apply(
  writing: Writing,
  channelId: string,
  userId: string,
  current: MemberRow | undefined,
  { row, entry }: MemberDecision,
): Promise<readonly OutboxEntry[]> {
  const { trx } = writing
  const joins = row.role !== undefined && current?.role === undefined
  const leaves = row.role === undefined && current?.role !== undefined
  const values = {
    ...valuesOf(row),
    ...(joins && { joined_no: await nextJoiningOf(trx, userId) }),
  }
  await trx
    .insertInto('members')
    .values({ channel_id: channelId, user_id: userId, joined_no: 0, ...values })
    .onConflict((conflict) => conflict.columns(['channel_id', 'user_id']).doUpdateSet(values))
    .execute()
  if (joins || leaves) {
    await trx
      .updateTable('channels')
      .set((set) => ({ member_count: set('member_count', '+', joins ? 1 : -1) }))
      .where('channel_id', '=', channelId)
      .execute()
  }
  return entry === undefined ? [] : [await enter(writing, channelId, entry)]
}

async function nextJoiningOf(trx: Transaction<Tables>, userId: string): Promise<number> {
  const { last } = await trx
    .selectFrom('members')
    .select((select) => select.fn.max('joined_no').as('last'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return (last ?? 0) + 1
}

/** The columns of a row that a decision sets. */
export const valuesOf = (row: MemberRow) => ({
  role: row.role ?? null,
  version: row.version,
  visible_from_seq: row.visibleFromSeq ?? null,
  banned: Number(row.banned),
  ended: row.ended ?? null,
})

export const memberRow = (row: MembersTable): MemberRow => ({
  ...shownIn(row),
  banned: row.banned === 1,
  ended: (row.ended as Leaving | null) ?? undefined,
})
