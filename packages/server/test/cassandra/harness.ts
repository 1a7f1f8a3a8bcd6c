import { errors } from 'cassandra-driver'
import { idTtlS, withDefaults } from '../../src/adapters/cassandra/options.js'
import { storeError } from '../../src/adapters/cassandra/session/errors.js'
import { openSession, type Session } from '../../src/adapters/cassandra/session/session.js'
import { connect } from '../../src/adapters/cassandra/start/connect.js'
import { alter } from '../../src/adapters/cassandra/start/query.js'
import { prepareCluster } from '../../src/adapters/cassandra/start/start.js'
import { createStore } from '../../src/adapters/cassandra/store/store.js'
import type { StoreHarness } from '../../src/ports/contract/message-store.js'
import type { MessageStore } from '../../src/ports/message-store.js'
import { newKeyspace, service } from './world.js'

export interface StoreWorld {
  readonly keyspace: string
  readonly session: Session
  /** The store over this session, or over what a test has put around it. */
  open(session?: Session): MessageStore
  close(): Promise<void>
}

/** One keyspace and one connection for a whole file: tables are slow to make. */
export async function openWorld(): Promise<StoreWorld> {
  const keyspace = newKeyspace()
  const settings = withDefaults({ ...service, keyspace })
  const client = await connect(settings)
  await prepareCluster(client, settings)
  const session = openSession(client, settings)
  return {
    keyspace,
    session,
    open: (over = session) =>
      createStore({
        session: over,
        keyspace,
        idTtlS: idTtlS(settings),
        environment: settings.environment,
        strongReads: { all: 0, quorumOnly: 0 },
      }),
    async close() {
      await alter(client, settings.environment, `DROP KEYSPACE ${keyspace}`)
      await client.shutdown()
    },
  }
}

/** Lets so many writes through and then no answer comes, whether or not the write did. */
export function tearing(session: Session): Session & { tearAfter(writes: number): void } {
  let left = Number.POSITIVE_INFINITY
  return {
    read: session.read,
    async write(writes) {
      if (left-- <= 0) throw storeError(new errors.OperationTimedOutError('torn'))
      await session.write(writes)
    },
    tearAfter(writes) {
      left = writes
    },
  }
}

/** A harness for one case of the contract, in a part of the world's tables. */
export function makeHarness(
  world: StoreWorld,
  wrap: (store: MessageStore, prefix: string) => MessageStore,
): () => Promise<StoreHarness> {
  let cases = 0
  return async () => {
    const prefix = `${cases++}:`
    const session = tearing(world.session)
    return {
      async open() {
        const store = wrap(world.open(session), prefix)
        return {
          ...store,
          write: (batch) =>
            store.write(batch).finally(() => session.tearAfter(Number.POSITIVE_INFINITY)),
        }
      },
      tearNextWrite: (steps) => session.tearAfter(steps),
      close: async () => undefined,
    }
  }
}
