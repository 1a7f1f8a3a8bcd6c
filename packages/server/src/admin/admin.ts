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
import type { HistoryOperations, HistoryRequest } from '../operations/history.js'
import type { CommandDraft, MessageOperations } from '../operations/messages.js'
import type { WorkspaceOperations } from '../operations/workspaces.js'

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
 * What the embedding platform may do, in process: everything that a server key may do over REST. Ids are
 * your own. Every promise resolves when the change is durable, and for members and channels when it
 * stands in the channel's stream. Rejects with OperationError (`code` of the protocol).
 */
export interface Admin {
  upsertUser(user: { userId: string; name?: string }): Promise<RestUser>
  upsertWorkspace(workspace: { workspaceId: string; name?: string }): Promise<RestWorkspace>
  upsertWorkspaceMember(member: {
    workspaceId: string
    userId: string
    role?: Role
  }): Promise<RestWorkspaceMember>
  /** Leaves all its channels too; resolves when nothing of them reaches that user (I8). */
  removeWorkspaceMember(member: { workspaceId: string; userId: string }): Promise<void>
  upsertChannel(channel: {
    workspaceId: string
    channelId: string
    /** @default 'public' */
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
    /** @default 'member' */
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
  readonly nextId: () => string
}

export function createAdmin({
  workspaces,
  channels,
  messages,
  history,
  nextId,
}: AdminOptions): Admin {
  const submit = (as: AsUser, draft: CommandDraft): Promise<RestSent> =>
    messages.submit(
      SERVER,
      as.userId,
      { ...draft, ...(as.clientMsgId !== undefined && { client_msg_id: as.clientMsgId }) },
      nextId(),
    )
  const targetOf = ({ target, channelId }: { target: MessageRef; channelId: string }) => ({
    channel_id: channelId,
    target_seq: target.channelSeq,
    target_message_id: target.messageId,
    ...(target.epoch !== undefined && { epoch: target.epoch }),
  })
  return {
    upsertUser: ({ userId, name }) => workspaces.putUser(SERVER, userId, name),
    upsertWorkspace: ({ workspaceId, name }) => workspaces.put(SERVER, workspaceId, name),
    upsertWorkspaceMember: ({ workspaceId, userId, role }) =>
      workspaces.putMember(SERVER, workspaceId, userId, role ?? 'member'),
    removeWorkspaceMember: ({ workspaceId, userId }) =>
      workspaces.removeMember(SERVER, workspaceId, userId),
    upsertChannel: ({ workspaceId, channelId, kind, name, ownerId }) =>
      channels.put(SERVER, workspaceId, channelId, { kind: kind ?? 'public', name, ownerId }),
    openDirect: ({ workspaceId, userIds }) =>
      channels.openDirect(SERVER, workspaceId, userIds[1], userIds[0]),
    upsertMember: ({ channelId, userId, role, visibleFromSeq }) =>
      channels.putMember(SERVER, channelId, userId, { role: role ?? 'member', visibleFromSeq }),
    removeMember: ({ channelId, userId, ban }) =>
      channels.removeMember(SERVER, channelId, userId, ban ?? false),
    send: (message) =>
      submit(message, {
        type: 'message.send',
        channel_id: message.channelId,
        text: message.text,
        ...(message.replyTo !== undefined && {
          reply_to: { seq: message.replyTo.channelSeq, message_id: message.replyTo.messageId },
          ...(message.replyTo.epoch !== undefined && { epoch: message.replyTo.epoch }),
        }),
        ...(message.attachments !== undefined && { attachments: message.attachments }),
        ...(message.metadata !== undefined && { metadata: message.metadata }),
      } as CommandDraft),
    edit: (edit) =>
      submit(edit, { type: 'message.edit', ...targetOf(edit), text: edit.text } as CommandDraft),
    delete: (target) =>
      submit(target, { type: 'message.delete', ...targetOf(target) } as CommandDraft),
    history: ({ channelId, ...request }) =>
      history.read(SERVER, channelId, { onlyMessages: false, limit: 50, ...request }),
  }
}
