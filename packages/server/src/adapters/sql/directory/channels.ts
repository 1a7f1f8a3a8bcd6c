import type { ChannelKind } from '@tidings/protocol'
import type { Kysely } from 'kysely'
import { noWorkspace, otherChannel, renameEntry, sortedPair } from '../../../directory/decisions.js'
import type {
  ChannelRecord,
  Cursor,
  Directory,
  DirectoryChange,
  OutboxEntry,
} from '../../../ports/directory.js'
import type { ChannelsTable, Tables } from '../schema.js'
import { enter, lockChannel, setIn, type Writing } from './membership.js'
import { inWorkspace, workspaceNamed } from './people.js'

type Database = Kysely<Tables>

export async function upsertChannel(
  writing: Writing,
  { channelId, workspaceId, kind, name, ownerId }: Parameters<Directory['upsertChannel']>[0],
): Promise<DirectoryChange<ChannelRecord>> {
  const [known] = await channels(writing.trx, [channelId])
  if (known !== undefined) {
    if (known.workspaceId !== workspaceId || known.kind !== kind) throw otherChannel()
    return name === undefined
      ? { value: known, entries: [] }
      : renameChannel(writing, channelId, name, undefined)
  }
  const colleagues =
    ownerId === undefined ? new Set<string>() : await inWorkspace(writing, workspaceId, [ownerId])
  const channel = { channelId, workspaceId, kind, name: name ?? channelId }
  if (!(await make(writing, channel))) {
    return upsertChannel(writing, { channelId, workspaceId, kind, name, ownerId })
  }
  const entries =
    ownerId === undefined
      ? []
      : await setIn(writing, channelId, { userId: ownerId, role: 'owner' }, colleagues)
  return { value: await channelNamed(writing, channelId), entries }
}

export async function directChannel(
  writing: Writing,
  workspaceId: string,
  pair: readonly [string, string],
  newChannelId: string,
): Promise<DirectoryChange<ChannelRecord>> {
  const [user_a, user_b] = sortedPair(pair)
  const colleagues = await inWorkspace(writing, workspaceId, [user_a, user_b])
  const found = await writing.trx
    .selectFrom('channels')
    .select('channel_id')
    .where('workspace_id', '=', workspaceId)
    .where('user_a', '=', user_a)
    .where('user_b', '=', user_b)
    .executeTakeFirst()
  const channelId = found?.channel_id ?? newChannelId
  if (found === undefined) {
    if ((await channels(writing.trx, [channelId]))[0] !== undefined) throw otherChannel()
    const channel = { channelId, workspaceId, kind: 'direct', name: '', user_a, user_b } as const
    if (!(await make(writing, channel))) {
      return directChannel(writing, workspaceId, pair, newChannelId)
    }
  }
  await lockChannel(writing, channelId)
  const entries: OutboxEntry[] = []
  for (const userId of [user_a, user_b]) {
    entries.push(...(await setIn(writing, channelId, { userId, role: 'member' }, colleagues)))
  }
  return { value: await channelNamed(writing, channelId), entries }
}

/** False: somebody else has just made the channel of this id or pair, which can be read now. */
async function make(
  { trx, now }: Writing,
  channel: {
    readonly channelId: string
    readonly workspaceId: string
    readonly kind: ChannelKind
    readonly name: string
    readonly user_a?: string
    readonly user_b?: string
  },
): Promise<boolean> {
  const { channelId, workspaceId, kind, name, user_a = null, user_b = null } = channel
  if ((await workspaceNamed(trx, workspaceId)) === undefined) throw noWorkspace()
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('channels')
    .values({
      channel_id: channelId,
      workspace_id: workspaceId,
      kind,
      name,
      created_at: now(),
      member_count: 0,
      user_a,
      user_b,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

export async function renameChannel(
  writing: Writing,
  channelId: string,
  name: string,
  by: string | undefined,
): Promise<DirectoryChange<ChannelRecord>> {
  const before = channelRecord(await lockChannel(writing, channelId))
  if (before.name === name) return { value: before, entries: [] }
  await writing.trx
    .updateTable('channels')
    .set({ name })
    .where('channel_id', '=', channelId)
    .execute()
  const entry = await enter(writing, channelId, renameEntry(name, by))
  return { value: { ...before, name }, entries: [entry] }
}

async function channelNamed(writing: Writing, channelId: string): Promise<ChannelRecord> {
  return channelRecord(await lockChannel(writing, channelId))
}

export async function channels(
  db: Database,
  channelIds: readonly string[],
): Promise<readonly (ChannelRecord | undefined)[]> {
  if (channelIds.length === 0) return []
  const rows = await db
    .selectFrom('channels')
    .selectAll()
    .where('channel_id', 'in', channelIds)
    .execute()
  const byId = new Map(rows.map((row) => [row.channel_id, channelRecord(row)]))
  return channelIds.map((channelId) => byId.get(channelId))
}

export async function publicChannels(
  db: Database,
  workspaceId: string,
  { after, limit }: Cursor,
): Promise<readonly ChannelRecord[]> {
  const rows = await db
    .selectFrom('channels')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('kind', '=', 'public')
    .$if(after !== undefined, (query) => query.where('channel_id', '>', after ?? ''))
    .orderBy('channel_id')
    .limit(limit)
    .execute()
  return rows.map(channelRecord)
}

const channelRecord = (row: ChannelsTable): ChannelRecord => ({
  channelId: row.channel_id,
  workspaceId: row.workspace_id,
  kind: row.kind as ChannelKind,
  name: row.name,
  createdAt: row.created_at,
  memberCount: row.member_count,
  userIds: row.user_a === null || row.user_b === null ? [] : [row.user_a, row.user_b],
})
