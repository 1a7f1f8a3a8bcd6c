import type { ServerEnvironment } from '../../../ports/environment.js'
import { type MessageStore, StoreUnavailable } from '../../../ports/message-store.js'
import type { Session } from '../session/session.js'
import { statementsOf } from '../statements.js'
import { readHeads } from './heads.js'
import { load } from './load.js'
import { readPage } from './pages.js'
import { findSeqAtTime } from './seq-at-time.js'
import { type Read, type StrongReads, strongestReads } from './strongest.js'
import { writeStages } from './write.js'
import { writePlan } from './write-plan.js'

export interface StoreParts {
  readonly session: Session
  readonly keyspace: string
  readonly idTtlS: number
  readonly environment: Pick<ServerEnvironment, 'monotonicNow'>
  readonly strongReads: StrongReads
}

/** The message store over an open session; closing it ends nothing but the store. */
export function createStore(parts: StoreParts): MessageStore {
  const { session, strongReads } = parts
  const statements = statementsOf(parts.keyspace)
  const quorum: Read = (cql, values) => session.read(cql, values, 'quorum')
  const all: Read = (cql, values) => session.read(cql, values, 'all')
  const fold = { strongest: strongestReads(session, parts.environment, strongReads), quorum }
  const confirmed = { strongest: all, quorum: all }
  let closed = false

  async function open<T>(work: () => Promise<T>): Promise<T> {
    if (closed) throw new StoreUnavailable('The store is closed.')
    return work()
  }

  return {
    tellsIdWindows: true,
    load: (request) => open(() => load(request.confirm ? confirmed : fold, statements, request)),
    write: (batch) => open(() => writeStages(session, writePlan(batch, statements, parts.idTtlS))),
    heads: (channelIds) => open(() => readHeads(quorum, statements, channelIds)),
    pages: (queries) =>
      open(() => Promise.all(queries.map((query) => readPage(quorum, statements, query)))),
    seqAtTime: (channelId, timestampMs) =>
      open(async () => {
        const [head] = await readHeads(quorum, statements, [channelId])
        return head === undefined ? 1 : findSeqAtTime(quorum, statements, head, timestampMs)
      }),
    async close() {
      closed = true
    },
  }
}
