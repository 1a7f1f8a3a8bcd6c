import type {
  Attachment,
  RestChannel,
  RestHistory,
  RestMember,
  RestSent,
  RestUser,
  RestWorkspace,
  RestWorkspaceMember,
  Role,
} from '@tidings/protocol'
import { SERVER } from '../operations/actor.js'
import type { ChannelOperations } from '../operations/channels.js'
import { inOneForm } from '../operations/errors.js'
import type { HistoryOperations, HistoryRequest } from '../operations/history.js'
import type { CommandDraft, MessageOperations } from '../operations/messages.js'
import type { SessionOperations } from '../operations/sessions.js'
import type { WorkspaceOperations } from '../operations/workspaces.js'
import type { Traces } from '../trace/traces.js'
import { checked } from './checked.js'
import { guarded } from './guarded.js'

/** Names a message by number and id, as an answer of `send` or an event says them. */
export interface MessageRef {
  readonly channelSeq: number
  readonly messageId: string
  readonly epoch?: number
}

interface AsUser {
  readonly channelId: string
  /** As whom: any user id of your platform. */
  readonly userId: string
  /** Makes a retry safe (I3): the same id is the same message for 7 days. Left out, one is made. */
  readonly clientMsgId?: string
}

/**
 * What the embedding platform may do, in process, as with a server key over REST, which has reactions, receipts
 * and lists besides. Ids are your own. Every promise resolves when the change is durable, and for members and channels when it
 * stands in the channel's stream. Rejects with OperationError (`code` of the protocol).
 */
export interface Admin {
  upsertUser(user: { userId: string; name?: string }): Promise<RestUser>
  /**
   * Ends the live sessions of a user, all or those of one device or token; their clients stop. The tokens that
   * these came with, and `tokenId`, let nobody in any more. A token without an id stays good until it expires: with
   * `refuseForMs` (at most 30 days) nobody is let in as this user meanwhile, over the socket or REST.
   */
  endSessions(sessions: {
    userId: string
    deviceId?: string
    tokenId?: string
    refuseForMs?: number
  }): Promise<void>
  upsertWorkspace(workspace: { workspaceId: string; name?: string }): Promise<RestWorkspace>
  upsertWorkspaceMember(member: {
    workspaceId: string
    userId: string
    /** @default as it is; `member` for a new one */
    role?: Role
  }): Promise<RestWorkspaceMember>
  /** Leaves all its channels too; resolves when nothing of them reaches that user (I8). */
  removeWorkspaceMember(member: { workspaceId: string; userId: string }): Promise<void>
  upsertChannel(channel: {
    workspaceId: string
    channelId: string
    /** @default as it is; `public` for a new channel */
    kind?: 'public' | 'private'
    name?: string
    ownerId?: string
  }): Promise<RestChannel>
  /** The one direct channel of a pair, found or made. */
  openDirect(direct: {
    workspaceId: string
    userIds: readonly [string, string]
  }): Promise<RestChannel>
  upsertMember(member: {
    channelId: string
    userId: string
    /** @default as it is; `member` for a new one */
    role?: Role
    /** History begins here for this member. */
    visibleFromSeq?: number
  }): Promise<RestMember>
  /** Resolves when nothing above the removal reaches that user any more (I8, R13). */
  removeMember(member: { channelId: string; userId: string; ban?: boolean }): Promise<void>
  send(
    message: AsUser & {
      text: string
      replyTo?: MessageRef
      attachments?: Attachment[]
      metadata?: Record<string, unknown>
    },
  ): Promise<RestSent>
  edit(edit: AsUser & { target: MessageRef; text: string }): Promise<RestSent>
  delete(target: AsUser & { target: MessageRef }): Promise<RestSent>
  history(request: { channelId: string } & Partial<HistoryRequest>): Promise<RestHistory>
}

export interface AdminOptions {
  readonly workspaces: WorkspaceOperations
  readonly channels: ChannelOperations
  readonly messages: MessageOperations
  readonly history: HistoryOperations
  readonly sessions: SessionOperations
  readonly nextRequestId: () => string
  /** True when nothing can be asked any more. @default never */
  readonly isClosed?: () => boolean
  /** Begins a trace for each command; left out: there are none. */
  readonly traces?: Traces | undefined
}

export function createAdmin({
  nextRequestId,
  traces,
  isClosed,
  ...operations
}: AdminOptions): Admin {
  const workspaces = inOneForm(operations.workspaces)
  const channels = inOneForm(operations.channels)
  const messages = inOneForm(operations.messages)
  const history = inOneForm(operations.history)
  const sessions = inOneForm(operations.sessions)
  /** Checks like a route, and rejects where that throws. */
  const submit = async (
    input: 'send' | 'edit' | 'delete',
    type: CommandDraft['type'],
    value: Record<string, unknown>,
  ): Promise<RestSent> => {
    const { user_id, ...draft } = checked(input, value)
    return messages.submit(SERVER, user_id, { type, ...draft } as CommandDraft, {
      requestId: nextRequestId(),
      ...(traces !== undefined && { trace: traces.begin() }),
    })
  }
  const targetOf = ({
    channelId,
    userId,
    clientMsgId,
    target,
  }: AsUser & { target?: MessageRef }) => ({
    channel_id: channelId,
    user_id: userId,
    client_msg_id: clientMsgId,
    target_seq: target?.channelSeq,
    target_message_id: target?.messageId,
    epoch: target?.epoch,
  })
  return guarded<Admin>(isClosed, {
    async upsertUser({ userId, name }) {
      const user = checked('user', { user_id: userId, name })
      return workspaces.putUser(SERVER, user.user_id, user.name)
    },
    async endSessions({ userId, deviceId, tokenId, refuseForMs }) {
      const { user_id, ...asked } = checked('sessions', {
        user_id: userId,
        device_id: deviceId,
        token_id: tokenId,
        refuse_for_ms: refuseForMs,
      })
      return sessions.end(SERVER, user_id, {
        deviceId: asked.device_id,
        tokenId: asked.token_id,
        refuseForMs: asked.refuse_for_ms,
      })
    },
    async upsertWorkspace({ workspaceId, name }) {
      const workspace = checked('workspace', { workspace_id: workspaceId, name })
      return workspaces.put(SERVER, workspace.workspace_id, workspace.name)
    },
    async upsertWorkspaceMember({ workspaceId, userId, role }) {
      const member = checked('workspaceMember', {
        workspace_id: workspaceId,
        user_id: userId,
        role,
      })
      return workspaces.putMember(SERVER, member.workspace_id, member.user_id, member.role)
    },
    async removeWorkspaceMember({ workspaceId, userId }) {
      const member = checked('workspaceMember', { workspace_id: workspaceId, user_id: userId })
      return workspaces.removeMember(SERVER, member.workspace_id, member.user_id)
    },
    async upsertChannel({ workspaceId, channelId, kind, name, ownerId }) {
      const { workspace_id, channel_id, owner_id, ...channel } = checked('channel', {
        workspace_id: workspaceId,
        channel_id: channelId,
        owner_id: ownerId,
        kind,
        name,
      })
      return channels.put(SERVER, workspace_id, channel_id, { ...channel, ownerId: owner_id })
    },
    async openDirect({ workspaceId, userIds }) {
      const { workspace_id, user_ids } = checked('direct', {
        workspace_id: workspaceId,
        user_ids: userIds,
      })
      return channels.openDirect(SERVER, workspace_id, user_ids[1], user_ids[0])
    },
    async upsertMember({ channelId, userId, role, visibleFromSeq }) {
      const member = checked('member', {
        channel_id: channelId,
        user_id: userId,
        role,
        visible_from_seq: visibleFromSeq,
      })
      return channels.putMember(SERVER, member.channel_id, member.user_id, {
        role: member.role,
        visibleFromSeq: member.visible_from_seq,
      })
    },
    async removeMember({ channelId, userId, ban }) {
      const removal = checked('removal', { channel_id: channelId, user_id: userId, ban })
      return channels.removeMember(SERVER, removal.channel_id, removal.user_id, removal.ban)
    },
    send: ({ channelId, userId, clientMsgId, text, replyTo, attachments, metadata }) =>
      submit('send', 'message.send', {
        channel_id: channelId,
        user_id: userId,
        client_msg_id: clientMsgId,
        text,
        reply_to: replyTo && { seq: replyTo.channelSeq, message_id: replyTo.messageId },
        epoch: replyTo?.epoch,
        attachments,
        metadata,
      }),
    edit: (edit) => submit('edit', 'message.edit', { ...targetOf(edit), text: edit.text }),
    delete: (target) => submit('delete', 'message.delete', targetOf(target)),
    async history({ channelId, onlyMessages, fromTime, ...request }) {
      const { channel_id, only, from_time, ...asked } = checked('history', {
        channel_id: channelId,
        from_time: fromTime,
        ...(onlyMessages === true && { only: 'messages' }),
        ...request,
      })
      return history.read(SERVER, channel_id, {
        ...asked,
        fromTime: from_time,
        onlyMessages: only === 'messages',
      })
    },
  })
}
