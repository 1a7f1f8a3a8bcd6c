import type { LoadRequest, MessageStore } from '../../ports/message-store.js'
import type { StoredMarks } from '../../ports/stored-marks.js'
import { type CassandraStoreOptions, idTtlS, withDefaults } from './options.js'
import { openSession } from './session/session.js'
import { PERIODIC_COMMIT_LAG_MS, watchNodes } from './start/commit-log.js'
import { connect } from './start/connect.js'
import { prepareCluster } from './start/start.js'
import { statementsOf, textsOf } from './statements.js'
import { type EraseSlice, eraseDeleted } from './store/erase.js'
import { createMarks } from './store/marks.js'
import { createStore } from './store/store.js'
import type { StrongReads } from './store/strongest.js'

export type { CassandraStoreOptions } from './options.js'
export { CassandraRefused } from './start/refused.js'

export interface CassandraMessageStore extends MessageStore {
  /** How far the log is stored, in the keyspace of the messages (R8). They end with the store. */
  readonly marks: StoredMarks
  /** Takes the content of messages that were deleted long ago out of their rows, a slice at a time (R6). */
  readonly erase: EraseSlice
  /** Offsets are committed at least this late, in milliseconds (R8); 0 where every node syncs before it answers. */
  readonly minCommitLagMs: number
  /** How the states of channels were read since the start (R2). */
  readonly strongReads: Readonly<StrongReads>
  /**
   * For who folds, before it takes part: the first batch of a take-over does not wait until its statements are
   * prepared, one after the other. Never rejects: whether it is answered decides nothing.
   */
  prepareFolds(): Promise<void>
  /** Resolves when a quorum answers; rejects with StoreUnavailable. For `/readyz`. */
  reachable(): Promise<void>
}

/** Every kind of read of a batch, of what nobody has. */
const NOTHING: LoadRequest = {
  below: { generation: 0, partition: 0, offset: 0 },
  channels: ['any'],
  ids: [{ channelId: 'any', userId: 'any', clientMsgId: 'any' }],
  windows: [{ channelId: 'any', number: 0 }],
  targets: [],
}

/**
 * The message store on Cassandra, a store without transactions: it holds I1, I4 and I5 by the order and the write
 * times of its writes (R2, R6). Rejects with CassandraRefused, with nothing left open, when the cluster cannot be
 * reached or cannot keep what is promised.
 */
export async function createCassandraMessageStore(
  options: CassandraStoreOptions,
): Promise<CassandraMessageStore> {
  const settings = withDefaults(options)
  const client = await connect(settings)
  try {
    const { periodic } = await prepareCluster(client, settings)
    watchNodes(client, settings)
    const strongReads: StrongReads = { all: 0, quorumOnly: 0 }
    const session = openSession(client, settings)
    const { keyspace } = settings
    const store = createStore({
      session,
      keyspace,
      idTtlS: idTtlS(settings),
      environment: settings.environment,
      strongReads,
    })
    return {
      ...store,
      marks: createMarks({ session, keyspace }),
      erase: eraseDeleted({ session, keyspace }),
      minCommitLagMs: periodic ? PERIODIC_COMMIT_LAG_MS : 0,
      strongReads,
      async prepareFolds() {
        const texts = textsOf(statementsOf(keyspace))
        await Promise.allSettled(texts.map((cql) => session.prepare(cql)))
        await store.load(NOTHING).catch(() => undefined)
      },
      async reachable() {
        await store.heads(['any'])
      },
      async close() {
        await store.close()
        await client.shutdown()
      },
    }
  } catch (error) {
    await client.shutdown().catch(() => undefined)
    throw error
  }
}
