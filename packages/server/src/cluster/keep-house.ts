import type { EraseSlice } from '../adapters/cassandra/store/erase.js'
import type { OpenPostgres } from '../adapters/sql/postgres/open.js'
import type { Candidacy } from '../ports/election.js'
import type { ServerEnvironment } from '../ports/environment.js'
import { LOG_RETENTION_MS } from './log-options.js'

/**
 * Keeps the house of a message store, in one process over all that use it. By the same election as the relay: whoever
 * stands for one must stand for the other. With `erase` the store is Cassandra, which lets ids expire by itself.
 */
export async function keepHouse(
  postgres: OpenPostgres,
  environment: ServerEnvironment,
  erase?: EraseSlice,
): Promise<Candidacy> {
  const { doChores, keepHouse: keepTables } = await import('../adapters/sql/postgres/keep-house.js')
  if (erase === undefined) return keepTables(postgres, environment, LOG_RETENTION_MS)
  return doChores(postgres, environment, [
    async (_driver, nowMs, after) => {
      const [day, shard] = after ?? []
      return erase(nowMs, after && [Number(day), Number(shard)])
    },
  ])
}
