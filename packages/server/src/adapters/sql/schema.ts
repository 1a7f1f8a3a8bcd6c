import type { Generated } from 'kysely'

/** One numbered event, clustered by channel, epoch and number (I2, I4). */
export interface EventsTable {
  channel_id: string
  epoch: number
  channel_seq: number
  generation: number
  log_partition: number
  log_offset: number
  message_count: number
  /** 1 for `message.new`, so that pages of messages need not read the others. */
  is_message: number
  accepted_at: number
  /** The wire form as JSON, the same bytes that were pushed live. */
  event: string
}

/**
 * Results by the id of their command and its position (I3, R4). The client's id leads: it begins with a time,
 * so that new ones lie side by side and a batch touches few pages.
 */
export interface IdsTable {
  client_msg_id: string
  channel_id: string
  user_id: string
  generation: number
  log_partition: number
  log_offset: number
  accepted_at: number
  status: number
  epoch: number | null
  channel_seq: number | null
  message_id: string | null
  ts: number | null
  code: string | null
  message: string | null
}

/** Where each channel stands; its position is what the next write expects (R6). */
export interface HeadsTable {
  channel_id: string
  epoch: number
  /** JSON of all epochs; null when there is only the first. */
  epochs: string | null
  head_seq: number
  message_count: number
  oldest_seq: number
  generation: number
  log_partition: number
  log_offset: number
}

/** Changes of a channel's state that take no number (R6, R10), kept by position (R2). */
export interface StateChangesTable {
  channel_id: string
  generation: number
  log_offset: number
  log_partition: number
  kind: 'epoch' | 'retention'
  epoch: number | null
  from_seq: number | null
  message_count: number | null
  oldest_seq: number | null
}

/** What later events did to a message, kept by position (I5, R9). `emoji` and `user_id` are empty but for reactions. */
export interface EffectsTable {
  channel_id: string
  target_epoch: number
  kind: 'edit' | 'delete' | 'reaction' | 'reply'
  target_seq: number
  emoji: string
  user_id: string
  generation: number
  log_offset: number
  log_partition: number
  by_epoch: number
  by_seq: number
  present: number | null
  /** Of an edit, as a JSON string: a text may hold characters that an engine's text may not. */
  text: string | null
}

/** Facts of the installation: generation, bucket size, rules (R10, R11). */
export interface MetaTable {
  key: string
  value: string
}

export interface UsersTable {
  user_id: string
  name: string
  created_at: number
}

export interface WorkspacesTable {
  workspace_id: string
  name: string
  created_at: number
}

export interface WorkspaceMembersTable {
  workspace_id: string
  user_id: string
  role: string
}

export interface ChannelsTable {
  channel_id: string
  workspace_id: string
  kind: string
  name: string
  created_at: number
  member_count: number
  /** The pair of a direct channel, sorted; null otherwise. */
  user_a: string | null
  user_b: string | null
}

/** A membership, also one that ended: its version only rises (R13). */
export interface MembersTable {
  channel_id: string
  user_id: string
  /** Null: not a member now. */
  role: string | null
  version: number
  visible_from_seq: number | null
  /** 1 while a ban stands. */
  banned: number
  /** Why the last membership ended; null while it has not, and where there never was one. */
  ended: string | null
  /** Rises with each joining of this user: newest first. */
  joined_no: number
}

/** Changes of the directory that must appear in a stream (R15). Numbers are never used twice. */
export interface OutboxTable {
  entry_id: Generated<number>
  channel_id: string
  user_id: string
  payload: string
  created_at: number
  /** Drawn at random; null in rows from before there was one. */
  nonce: string | null
}

export interface ReceiptsTable {
  user_id: string
  channel_id: string
  /** 0: nothing read yet. */
  read_epoch: number
  read_seq: number
  read_count: number
  /** 0: nothing got yet. */
  delivered_epoch: number
  delivered_seq: number
  delivered_count: number
}

/** How far each partition of the log is stored (R8). */
export interface StoredMarksTable {
  generation: number
  log_partition: number
  /** Everything below this offset is stored. */
  stored: number
}

export interface Tables {
  events: EventsTable
  ids: IdsTable
  heads: HeadsTable
  state_changes: StateChangesTable
  effects: EffectsTable
  meta: MetaTable
  users: UsersTable
  workspaces: WorkspacesTable
  workspace_members: WorkspaceMembersTable
  channels: ChannelsTable
  members: MembersTable
  outbox: OutboxTable
  receipts: ReceiptsTable
  stored_marks: StoredMarksTable
}
