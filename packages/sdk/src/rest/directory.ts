import type {
  RestChannel,
  RestMember,
  RestUser,
  RestWorkspace,
  RestWorkspaceMember,
  Role,
} from '@tidings/protocol'
import { given } from '../arguments.js'
import { type Camel, toCamel, toSnake } from '../channel/names.js'
import { eachItem, type ListOptions } from './paging.js'
import type { Call, CallOptions, Transport } from './transport.js'

export type OpenChannelKind = 'public' | 'private'

export interface PutMemberFields {
  /** @default as it is; `member` for a new one */
  readonly role?: Role | undefined
  /** The member sees nothing below this number. */
  readonly visibleFromSeq?: number | undefined
}

/** One request whose answer is one thing, with the SDK's names. */
const caller =
  (transport: Transport) =>
  async <T>(
    method: Call['method'],
    path: Call['path'],
    options?: CallOptions,
    body?: object,
    query?: object,
  ): Promise<Camel<T>> => {
    const { signal } = given(options)
    const call: Call = {
      method,
      path,
      body: body && (toSnake(body) as object),
      query: query && (toSnake(query) as Record<string, string>),
      idempotent: method !== 'POST',
      signal,
    }
    return toCamel(await transport<T>(call))
  }

/** The caller, and with a server key every user. */
export function restUsers(transport: Transport) {
  const call = caller(transport)
  return {
    /** Whom the token is for. */
    me: (options?: CallOptions) => call<{ user_id: string; name: string }>('GET', ['me'], options),
    /** Makes a user, or changes the name; only with a server key. */
    put: (userId: string, fields: { readonly name?: string } = {}, options?: CallOptions) =>
      call<RestUser>('PUT', ['users', userId], options, fields),
  }
}

export function restWorkspaces(transport: Transport) {
  const call = caller(transport)
  return {
    /** The caller's workspaces. */
    list: (options?: ListOptions) => eachItem<RestWorkspace>(transport, ['workspaces'], options),
    create: (fields: { readonly name: string }, options?: CallOptions) =>
      call<RestWorkspace>('POST', ['workspaces'], options, fields),
    get: (workspaceId: string, options?: CallOptions) =>
      call<RestWorkspace>('GET', ['workspaces', workspaceId], options),
    put: (workspaceId: string, fields: { readonly name?: string }, options?: CallOptions) =>
      call<RestWorkspace>('PUT', ['workspaces', workspaceId], options, fields),
    members: (workspaceId: string, options?: ListOptions) =>
      eachItem<RestWorkspaceMember>(transport, ['workspaces', workspaceId, 'members'], options),
    putMember: (
      workspaceId: string,
      userId: string,
      fields: { readonly role?: Role } = {},
      options?: CallOptions,
    ) =>
      call<RestWorkspaceMember>(
        'PUT',
        ['workspaces', workspaceId, 'members', userId],
        options,
        fields,
      ),
    removeMember: (workspaceId: string, userId: string, options?: CallOptions) =>
      call<{ ok: true }>('DELETE', ['workspaces', workspaceId, 'members', userId], options),
  }
}

export function restChannels(transport: Transport) {
  const call = caller(transport)
  return {
    /** The caller's channels. */
    list: (options?: ListOptions) => eachItem<RestChannel>(transport, ['channels'], options),
    /** A workspace's public channels. */
    listPublic: (workspaceId: string, options?: ListOptions) =>
      eachItem<RestChannel>(transport, ['workspaces', workspaceId, 'channels'], options),
    create: (
      workspaceId: string,
      fields: { readonly name: string; readonly kind?: OpenChannelKind },
      options?: CallOptions,
    ) => call<RestChannel>('POST', ['workspaces', workspaceId, 'channels'], options, fields),
    /** Makes a channel with an id of one's own, or changes it; only with a server key. */
    put: (
      workspaceId: string,
      channelId: string,
      fields: {
        readonly name?: string
        readonly kind?: OpenChannelKind
        readonly ownerId?: string
      } = {},
      options?: CallOptions,
    ) =>
      call<RestChannel>('PUT', ['workspaces', workspaceId, 'channels', channelId], options, fields),
    /** The direct channel of two users, found or made. */
    direct: (
      workspaceId: string,
      fields: { readonly userId: string; readonly withUserId?: string },
      options?: CallOptions,
    ) => call<RestChannel>('PUT', ['workspaces', workspaceId, 'direct'], options, fields),
    get: (channelId: string, options?: CallOptions) =>
      call<RestChannel>('GET', ['channels', channelId], options),
    rename: (channelId: string, name: string, options?: CallOptions) =>
      call<RestChannel>('PATCH', ['channels', channelId], options, { name }),
    join: (channelId: string, options?: CallOptions) =>
      call<RestMember>('POST', ['channels', channelId, 'join'], options),
    members: (channelId: string, options?: ListOptions) =>
      eachItem<RestMember>(transport, ['channels', channelId, 'members'], options),
    putMember: (
      channelId: string,
      userId: string,
      fields: PutMemberFields = {},
      options?: CallOptions,
    ) => call<RestMember>('PUT', ['channels', channelId, 'members', userId], options, fields),
    /** Answered when nothing more of the channel reaches the user (I8). One's own id: to leave. */
    removeMember: (
      channelId: string,
      userId: string,
      { ban, ...options }: CallOptions & { readonly ban?: boolean } = {},
    ) =>
      call<{ ok: true }>('DELETE', ['channels', channelId, 'members', userId], options, undefined, {
        ban,
      }),
  }
}
