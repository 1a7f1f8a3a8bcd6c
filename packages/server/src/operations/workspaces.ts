import type {
  RestPage,
  RestUser,
  RestWorkspace,
  RestWorkspaceMember,
  Role,
} from '@tidings/protocol'
import type { MembershipChanges } from '../membership/changes.js'
import { mayChangeRole } from '../permissions/permissions.js'
import {
  type Directory,
  DirectoryError,
  type UserRecord,
  type WorkspaceRecord,
} from '../ports/directory.js'
import { type Actor, OperationError } from './actor.js'
import { pageOf, readCursor } from './paging.js'
import {
  authoriseInWorkspace,
  authoriseServer,
  type StandingSources,
  workspaceNotThere,
} from './standing.js'

export interface WorkspaceOperationsOptions extends StandingSources {
  readonly directory: Directory
  readonly changes: Pick<MembershipChanges, 'removeFromWorkspace'>
  /** Makes ids that nobody else makes. */
  readonly nextId: () => string
}

export interface PageRequest {
  readonly cursor?: string | undefined
  readonly limit: number
}

const userOf = (user: UserRecord): RestUser => ({
  user_id: user.userId,
  name: user.name,
  created_at: user.createdAt,
})
const workspaceOf = (workspace: WorkspaceRecord, role?: Role): RestWorkspace => ({
  workspace_id: workspace.workspaceId,
  name: workspace.name,
  created_at: workspace.createdAt,
  ...(role !== undefined && { role }),
})

/** Users, workspaces and who belongs to them. */
export function createWorkspaceOperations(options: WorkspaceOperationsOptions) {
  const { directory, changes } = options

  /** R13: who is out already may ask until it is confirmed; who never was in learns nothing by it (I8). */
  async function leaveAgain(workspaceId: string, userId: string): Promise<void> {
    try {
      await changes.removeFromWorkspace(workspaceId, userId)
    } catch (error) {
      const isStranger = error instanceof DirectoryError && error.code === 'not_found'
      throw isStranger ? workspaceNotThere() : error
    }
  }

  return {
    async putUser(actor: Actor, userId: string, name?: string): Promise<RestUser> {
      authoriseServer(actor, 'users.write')
      return userOf(await directory.upsertUser({ userId, ...(name !== undefined && { name }) }))
    },

    async create(actor: Actor, name: string): Promise<RestWorkspace> {
      const workspace = await directory.upsertWorkspace({ workspaceId: options.nextId(), name })
      if (actor.kind === 'server') return workspaceOf(workspace)
      await directory.setWorkspaceMember({
        workspaceId: workspace.workspaceId,
        userId: actor.userId,
        role: 'owner',
      })
      return workspaceOf(workspace, 'owner')
    },

    async put(actor: Actor, workspaceId: string, name?: string): Promise<RestWorkspace> {
      if (actor.kind === 'user') {
        const role = await authoriseInWorkspace(options, actor, workspaceId, 'workspace.rename')
        const renamed = await directory.upsertWorkspace({
          workspaceId,
          ...(name !== undefined && { name }),
        })
        return workspaceOf(renamed, role as Role)
      }
      authoriseServer(actor, 'workspaces.put')
      return workspaceOf(
        await directory.upsertWorkspace({ workspaceId, ...(name !== undefined && { name }) }),
      )
    },

    async get(actor: Actor, workspaceId: string): Promise<RestWorkspace> {
      const standing = await authoriseInWorkspace(options, actor, workspaceId, 'workspace.read')
      const workspace = await directory.workspace(workspaceId)
      if (workspace === undefined) throw workspaceNotThere()
      return workspaceOf(workspace, standing === 'server' ? undefined : (standing as Role))
    },

    async list(actor: Actor, page: PageRequest): Promise<RestPage<RestWorkspace>> {
      if (actor.kind === 'server') {
        throw new OperationError(
          'forbidden',
          'A server key belongs to no user: ask for a workspace by its id.',
        )
      }
      const after = readCursor(page.cursor)
      const read = await directory.workspacesOf(actor.userId, {
        limit: page.limit + 1,
        ...(after !== undefined && { after }),
      })
      return pageOf(
        read.map((workspace) => workspaceOf(workspace, workspace.role)),
        page.limit,
        (workspace) => workspace.workspace_id,
      )
    },

    async members(
      actor: Actor,
      workspaceId: string,
      page: PageRequest,
    ): Promise<RestPage<RestWorkspaceMember>> {
      await authoriseInWorkspace(options, actor, workspaceId, 'workspace.members.read')
      const after = readCursor(page.cursor)
      const read = await directory.workspaceMembers(workspaceId, {
        limit: page.limit + 1,
        ...(after !== undefined && { after }),
      })
      return pageOf(
        read.map((member) => ({
          workspace_id: workspaceId,
          user_id: member.userId,
          role: member.role,
        })),
        page.limit,
        (member) => member.user_id,
      )
    },

    async putMember(
      actor: Actor,
      workspaceId: string,
      userId: string,
      wanted?: Role,
    ): Promise<RestWorkspaceMember> {
      const standing = await authoriseInWorkspace(
        options,
        actor,
        workspaceId,
        'workspace.members.write',
      )
      const current = await directory.workspaceMember(workspaceId, userId)
      const role = wanted ?? current?.role ?? 'member'
      if (!mayChangeRole(standing, current?.role, role)) {
        throw new OperationError('forbidden', 'This role is above what you may give or change.')
      }
      await directory.upsertUser({ userId })
      await directory.setWorkspaceMember({ workspaceId, userId, role })
      return { workspace_id: workspaceId, user_id: userId, role }
    },

    /** Resolves when nothing of the workspace's channels reaches that user any more (I8). */
    async removeMember(actor: Actor, workspaceId: string, userId: string): Promise<void> {
      const self = actor.kind === 'user' && actor.userId === userId
      const current = await directory.workspaceMember(workspaceId, userId)
      if (self && current === undefined) return leaveAgain(workspaceId, userId)
      const standing = await authoriseInWorkspace(
        options,
        actor,
        workspaceId,
        self ? 'workspace.leave' : 'workspace.members.write',
      )
      if (!self && !mayChangeRole(standing, current?.role, undefined)) {
        throw new OperationError('forbidden', 'You may not remove somebody above you.')
      }
      await changes.removeFromWorkspace(
        workspaceId,
        userId,
        actor.kind === 'user' && !self ? actor.userId : undefined,
      )
    },
  }
}

export type WorkspaceOperations = ReturnType<typeof createWorkspaceOperations>
