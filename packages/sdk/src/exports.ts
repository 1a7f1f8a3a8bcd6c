/** Everything that the package exports, whatever the runtime; `createClient` comes from the entry. */

export type { Changed, CommandOptions, Draft, Sending, Sent } from './channel/commands.js'
export type { HistoryOptions, SeqLike } from './channel/history.js'
export type { ChannelInfo } from './channel/info.js'
export type {
  ChannelUpdated,
  Gap,
  HistoryPage,
  LocalMessage,
  MemberJoined,
  MemberLeft,
  Message,
  MessageDeleted,
  MessageEdited,
  MessageRef,
  OpaqueEvent,
  Reaction,
  ReactionAdded,
  ReactionRemoved,
  Reset,
  StreamEvent,
} from './channel/items.js'
export type { EventsOptions, StreamItem } from './channel/iterate.js'
export type { Camel } from './channel/names.js'
export type { OutboxItem, Settled, UnsentCommand } from './channel/outbox-view.js'
export type { ChannelEvents, SyncState } from './channel/stream.js'
export type { Channels, ChannelsEvents, RemovalReason } from './channel/sync.js'
export type { Channel } from './channel.js'
export type { BaseClient, Client, ClientEvents } from './client.js'
export type { ClientOutbox, OutboxListeners, Retrying } from './client-outbox.js'
export type { FrameForms, UnreadableEvent } from './connection/guard.js'
// Above: for applications. Below: for those who write features, storages and environments.
export type { Connection, ConnectionEvents } from './connection/port.js'
export type { TokenReason } from './connection/states.js'
export type { GetToken, TokenRequest } from './connection/token.js'
export type { TraceEntry } from './connection/trace.js'
export type { ListenOptions } from './emitter.js'
export type {
  Broadcast,
  Environment,
  KeptStrings,
  LifecycleSignal,
  Locks,
  SocketEvents,
  SocketHandle,
} from './environment/port.js'
export type { WebSocketConstructor, WebSocketLike } from './environment/web-socket.js'
export { type ErrorCode, type Outcome, stop, TidingsError } from './errors.js'
export type { Feature, FeatureApis, FeatureContext } from './features/feature.js'
export type { ClientOptions, OutboxLimits } from './options.js'
export type { DrainOptions } from './outbox/drains.js'
export type { Status, StatusChange } from './status.js'
export { createMemoryStorage } from './storage/memory.js'
export type { OpenOutboxStorage, OutboxRow, OutboxStorage } from './storage/port.js'
export type { TimelineItem } from './timeline/echoes.js'
export type { Timeline, TimelineSnapshot } from './timeline/timeline.js'
