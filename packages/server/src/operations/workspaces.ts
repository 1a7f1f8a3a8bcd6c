import type {
  RestPage,
  RestUser,
  RestWorkspace,
  RestWorkspaceMember,
  Role,
} from '@tidings/protocol'
import type { MembershipChanges } from '../membership/changes.js'
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
      await authoriseInWorkspace(options, actor, workspaceId, 'workspace.members.write')
      await directory.upsertUser({ userId })
      // others may change both of them at any time: whether they still may is decided where it is changed (I8)
      const { role } = await directory.setWorkspaceMember({
        workspaceId,
        userId,
        ...(wanted !== undefined && { role: wanted }),
        ...(actor.kind === 'user' && { by: actor.userId }),
      })
      return { workspace_id: workspaceId, user_id: userId, role }
    },

    /** Resolves when nothing of the workspace's channels reaches that user any more (I8). */
    async removeMember(actor: Actor, workspaceId: string, userId: string): Promise<void> {
      const self = actor.kind === 'user' && actor.userId === userId
      if (self && (await directory.workspaceMember(workspaceId, userId)) === undefined) {
        return leaveAgain(workspaceId, userId)
      }
      const action = self ? 'workspace.leave' : 'workspace.members.write'
      await authoriseInWorkspace(options, actor, workspaceId, action)
      await changes.removeFromWorkspace(
        workspaceId,
        userId,
        actor.kind === 'user' && !self ? actor.userId : undefined,
      )
    },
  }
}

export type WorkspaceOperations = ReturnType<typeof createWorkspaceOperations>
