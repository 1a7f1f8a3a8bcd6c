import type { Role } from '@tidings/protocol'
import type { Kysely } from 'kysely'
import { keepRanks, noWorkspace } from '../../../directory/decisions.js'
import type { Standing } from '../../../permissions/permissions.js'
import type {
  Directory,
  UserRecord,
  WorkspaceMember,
  WorkspaceRecord,
} from '../../../ports/directory.js'
import type { Tables } from '../schema.js'
import type { Writing } from './membership.js'

type Database = Kysely<Tables>
type Clock = { now(): number }

export async function upsertUser(
  db: Database,
  clock: Clock,
  read: (userId: string) => Promise<UserRecord | undefined>,
  { userId, name }: Parameters<Directory['upsertUser']>[0],
): Promise<UserRecord> {
  // asked at every login: what stands already costs no write
  const known = await read(userId)
  if (known !== undefined && (name ?? known.name) === known.name) return known
  const row = { user_id: userId, name: name ?? userId, created_at: clock.now() }
  await db.transaction().execute(async (trx) => {
    const insert = trx.insertInto('users').values(row)
    await (name === undefined
      ? insert.onConflict((conflict) => conflict.doNothing())
      : insert.onConflict((conflict) => conflict.column('user_id').doUpdateSet({ name }))
    ).execute()
  })
  const user = await read(userId)
  if (user === undefined) throw new Error('a user that was just written is not there')
  return user
}

export async function users(
  db: Database,
  userIds: readonly string[],
): Promise<readonly (UserRecord | undefined)[]> {
  if (userIds.length === 0) return []
  const rows = await db.selectFrom('users').selectAll().where('user_id', 'in', userIds).execute()
  const byId = new Map(rows.map((row) => [row.user_id, row]))
  return userIds.map((userId) => {
    const row = byId.get(userId)
    return row && { userId, name: row.name, createdAt: row.created_at }
  })
}

export async function upsertWorkspace(
  db: Database,
  clock: Clock,
  { workspaceId, name }: Parameters<Directory['upsertWorkspace']>[0],
): Promise<WorkspaceRecord> {
  const known = await workspaceNamed(db, workspaceId)
  if (known !== undefined && (name ?? known.name) === known.name) return known
  const row = { workspace_id: workspaceId, name: name ?? workspaceId, created_at: clock.now() }
  await db.transaction().execute(async (trx) => {
    const insert = trx.insertInto('workspaces').values(row)
    await (name === undefined
      ? insert.onConflict((conflict) => conflict.doNothing())
      : insert.onConflict((conflict) => conflict.column('workspace_id').doUpdateSet({ name }))
    ).execute()
  })
  const workspace = await workspaceNamed(db, workspaceId)
  if (workspace === undefined) throw noWorkspace()
  return workspace
}

export async function workspaceNamed(
  db: Database,
  workspaceId: string,
): Promise<WorkspaceRecord | undefined> {
  const row = await db
    .selectFrom('workspaces')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirst()
  return row && { workspaceId, name: row.name, createdAt: row.created_at }
}

export async function workspacesOf(
  db: Database,
  ...[userId, { after, limit }]: Parameters<Directory['workspacesOf']>
): ReturnType<Directory['workspacesOf']> {
  const rows = await db
    .selectFrom('workspace_members as m')
    .innerJoin('workspaces as w', 'w.workspace_id', 'm.workspace_id')
    .select(['w.workspace_id', 'w.name', 'w.created_at', 'm.role'])
    .where('m.user_id', '=', userId)
    .$if(after !== undefined, (query) => query.where('m.workspace_id', '>', after ?? ''))
    .orderBy('m.workspace_id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    workspaceId: row.workspace_id,
    name: row.name,
    createdAt: row.created_at,
    role: row.role as Role,
  }))
}

export async function setWorkspaceMember(
  writing: Writing,
  { workspaceId, userId, role: asked, by }: Parameters<Directory['setWorkspaceMember']>[0],
): Promise<WorkspaceMember> {
  const { trx } = writing
  // who is in already, and is to be nothing else, waits for nobody
  const known = await workspaceMember(trx, workspaceId, userId)
  if (known !== undefined && asked === undefined && by === undefined) return known
  await lockWorkspace(writing, workspaceId)
  const current = (await workspaceMember(trx, workspaceId, userId))?.role
  const role = asked ?? current ?? 'member'
  keepRanks(await standingIn(trx, workspaceId, by), current, role)
  await trx
    .insertInto('workspace_members')
    .values({ workspace_id: workspaceId, user_id: userId, role })
    .onConflict((conflict) => conflict.columns(['workspace_id', 'user_id']).doUpdateSet({ role }))
    .execute()
  return { workspaceId, userId, role }
}

/** From here on nobody else changes who is in this workspace, or as what (I8). Comes before any other lock. */
export async function lockWorkspace({ trx, dialect }: Writing, workspaceId: string): Promise<void> {
  const row = await trx
    .selectFrom('workspaces')
    .select('workspace_id')
    .where('workspace_id', '=', workspaceId)
    .modifyEnd(dialect.locked)
    .executeTakeFirst()
  if (row === undefined) throw noWorkspace()
}

/** As what a user changes others there; left out: the platform does. */
export async function standingIn(
  db: Database,
  workspaceId: string,
  by: string | undefined,
): Promise<Standing> {
  if (by === undefined) return 'server'
  return (await workspaceMember(db, workspaceId, by))?.role ?? 'stranger'
}

export async function workspaceMember(
  db: Database,
  workspaceId: string,
  userId: string,
): ReturnType<Directory['workspaceMember']> {
  const row = await db
    .selectFrom('workspace_members')
    .select('role')
    .where('workspace_id', '=', workspaceId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row && { workspaceId, userId, role: row.role as Role }
}

/**
 * I8: who of these is in the workspace, and stays in it until the transaction ends: whoever removes one of them waits,
 * and finds what was joined. Comes before any lock of a channel, as it does where somebody is removed.
 */
export async function inWorkspace(
  { trx, dialect }: Writing,
  workspaceId: string,
  userIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await trx
    .selectFrom('workspace_members')
    .select('user_id')
    .where('workspace_id', '=', workspaceId)
    .where('user_id', 'in', userIds)
    .orderBy('user_id')
    .modifyEnd(dialect.steady)
    .execute()
  return new Set(rows.map((row) => row.user_id))
}

export async function workspaceMembers(
  db: Database,
  ...[workspaceId, { after, limit }]: Parameters<Directory['workspaceMembers']>
): ReturnType<Directory['workspaceMembers']> {
  const rows = await db
    .selectFrom('workspace_members')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .$if(after !== undefined, (query) => query.where('user_id', '>', after ?? ''))
    .orderBy('user_id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ workspaceId, userId: row.user_id, role: row.role as Role }))
}
