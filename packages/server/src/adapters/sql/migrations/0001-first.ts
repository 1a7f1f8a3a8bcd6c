import type { Kysely } from 'kysely'
import type { SqlDialect } from '../dialect.js'
import type { Tables } from '../schema.js'

/** The stream: what the message store keeps. */
async function createStream(db: Kysely<Tables>, dialect: SqlDialect): Promise<void> {
  const { integer, text, clustered } = dialect
  await db.schema
    .createTable('events')
    .addColumn('channel_id', text, (column) => column.notNull())
    .addColumn('epoch', integer, (column) => column.notNull())
    .addColumn('channel_seq', integer, (column) => column.notNull())
    .addColumn('generation', integer, (column) => column.notNull())
    .addColumn('log_partition', integer, (column) => column.notNull())
    .addColumn('log_offset', integer, (column) => column.notNull())
    .addColumn('message_count', integer, (column) => column.notNull())
    .addColumn('is_message', integer, (column) => column.notNull())
    .addColumn('accepted_at', integer, (column) => column.notNull())
    .addColumn('event', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('events_key', ['channel_id', 'epoch', 'channel_seq'])
    .modifyEnd(clustered)
    .execute()
  await db.schema
    .createTable('ids')
    .addColumn('client_msg_id', text, (column) => column.notNull())
    .addColumn('channel_id', text, (column) => column.notNull())
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('generation', integer, (column) => column.notNull())
    .addColumn('log_partition', integer, (column) => column.notNull())
    .addColumn('log_offset', integer, (column) => column.notNull())
    .addColumn('accepted_at', integer, (column) => column.notNull())
    .addColumn('status', integer, (column) => column.notNull())
    .addColumn('epoch', integer)
    .addColumn('channel_seq', integer)
    .addColumn('message_id', text)
    .addColumn('ts', integer)
    .addColumn('code', text)
    .addColumn('message', text)
    .addPrimaryKeyConstraint('ids_key', [
      'client_msg_id',
      'channel_id',
      'user_id',
      'generation',
      'log_offset',
    ])
    .modifyEnd(clustered)
    .execute()
  await db.schema
    .createTable('heads')
    .addColumn('channel_id', text, (column) => column.notNull().primaryKey())
    .addColumn('epoch', integer, (column) => column.notNull())
    .addColumn('epochs', text)
    .addColumn('head_seq', integer, (column) => column.notNull())
    .addColumn('message_count', integer, (column) => column.notNull())
    .addColumn('oldest_seq', integer, (column) => column.notNull())
    .addColumn('generation', integer, (column) => column.notNull())
    .addColumn('log_partition', integer, (column) => column.notNull())
    .addColumn('log_offset', integer, (column) => column.notNull())
    .modifyEnd(clustered)
    .execute()
  await db.schema
    .createTable('state_changes')
    .addColumn('channel_id', text, (column) => column.notNull())
    .addColumn('generation', integer, (column) => column.notNull())
    .addColumn('log_offset', integer, (column) => column.notNull())
    .addColumn('log_partition', integer, (column) => column.notNull())
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('epoch', integer)
    .addColumn('from_seq', integer)
    .addColumn('message_count', integer)
    .addColumn('oldest_seq', integer)
    .addPrimaryKeyConstraint('state_changes_key', ['channel_id', 'generation', 'log_offset'])
    .modifyEnd(clustered)
    .execute()
  await db.schema
    .createTable('effects')
    .addColumn('channel_id', text, (column) => column.notNull())
    .addColumn('target_epoch', integer, (column) => column.notNull())
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('target_seq', integer, (column) => column.notNull())
    .addColumn('emoji', text, (column) => column.notNull())
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('generation', integer, (column) => column.notNull())
    .addColumn('log_offset', integer, (column) => column.notNull())
    .addColumn('log_partition', integer, (column) => column.notNull())
    .addColumn('by_epoch', integer, (column) => column.notNull())
    .addColumn('by_seq', integer, (column) => column.notNull())
    .addColumn('present', integer)
    .addColumn('text', text)
    .addPrimaryKeyConstraint('effects_key', [
      'channel_id',
      'target_epoch',
      'kind',
      'target_seq',
      'emoji',
      'user_id',
      'generation',
      'log_offset',
    ])
    .modifyEnd(clustered)
    .execute()
}

/** The directory: who and where. */
async function createDirectory(db: Kysely<Tables>, dialect: SqlDialect): Promise<void> {
  const { integer, text, clustered, plain } = dialect
  await db.schema
    .createTable('users')
    .addColumn('user_id', text, (column) => column.notNull().primaryKey())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .modifyEnd(clustered)
    .execute()
  await db.schema
    .createTable('workspaces')
    .addColumn('workspace_id', text, (column) => column.notNull().primaryKey())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .modifyEnd(clustered)
    .execute()
  await db.schema
    .createTable('workspace_members')
    .addColumn('workspace_id', text, (column) =>
      column.notNull().references('workspaces.workspace_id'),
    )
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('role', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('workspace_members_key', ['workspace_id', 'user_id'])
    .modifyEnd(clustered)
    .execute()
  await db.schema
    .createIndex('workspace_members_by_user')
    .on('workspace_members')
    .columns(['user_id', 'workspace_id'])
    .execute()
  await db.schema
    .createTable('channels')
    .addColumn('channel_id', text, (column) => column.notNull().primaryKey())
    .addColumn('workspace_id', text, (column) =>
      column.notNull().references('workspaces.workspace_id'),
    )
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('member_count', integer, (column) => column.notNull())
    .addColumn('user_a', text)
    .addColumn('user_b', text)
    .modifyEnd(clustered)
    .execute()
  // two nulls never collide, so this binds direct channels only
  await db.schema
    .createIndex('channels_by_pair')
    .unique()
    .on('channels')
    .columns(['workspace_id', 'user_a', 'user_b'])
    .execute()
  await db.schema
    .createIndex('channels_by_workspace')
    .on('channels')
    .columns(['workspace_id', 'kind', 'channel_id'])
    .execute()
  await db.schema
    .createTable('members')
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.channel_id'))
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('role', text)
    .addColumn('version', integer, (column) => column.notNull())
    .addColumn('visible_from_seq', integer)
    .addColumn('banned', integer, (column) => column.notNull())
    .addColumn('joined_no', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('members_key', ['channel_id', 'user_id'])
    .modifyEnd(clustered)
    .execute()
  await db.schema
    .createIndex('members_by_user')
    .on('members')
    .columns(['user_id', 'joined_no'])
    .execute()
  await db.schema
    .createTable('outbox')
    .addColumn('entry_id', integer, (column) => dialect.numbered(column.primaryKey()))
    .addColumn('channel_id', text, (column) => column.notNull())
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('payload', text, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .modifyEnd(plain)
    .execute()
}

export async function up(db: Kysely<Tables>, dialect: SqlDialect): Promise<void> {
  await db.schema
    .createTable('meta')
    .addColumn('key', dialect.text, (column) => column.notNull().primaryKey())
    .addColumn('value', dialect.text, (column) => column.notNull())
    .modifyEnd(dialect.clustered)
    .execute()
  await createStream(db, dialect)
  await createDirectory(db, dialect)
}
