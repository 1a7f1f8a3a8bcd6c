import { afterAll, beforeAll } from 'vitest'
import type { RedisService } from '../../../../scripts/services/addresses.js'
import { type RunningServices, startServices } from '../../../../scripts/services/index.js'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createRedis, type RedisConnection } from '../../src/adapters/redis/connection.js'
import type { RedisOptions } from '../../src/adapters/redis/options.js'

export type RedisKind = 'single' | 'cluster' | 'sentinel'

/** How a service is reached, whatever its set-up. */
export function addressOf({ url, hosts, sentinelName }: RedisService, kind: RedisKind) {
  if (kind === 'cluster') return { clusterNodes: hosts }
  return kind === 'sentinel' ? { sentinels: hosts, sentinelName } : { url }
}

let prefixes = 0

/** A Redis for the tests of one file, which they may also kill. */
export function useRedis(kind: RedisKind = 'single') {
  let services: RunningServices<{ redis: RedisKind }> | undefined
  const open: RedisConnection[] = []
  beforeAll(async () => {
    services = await startServices({ redis: kind })
  }, 60_000)
  afterAll(async () => {
    await Promise.all(open.map((connection) => connection.close()))
    await services?.close()
  })
  const service = (): RedisService => {
    if (services === undefined) throw new Error('Redis is not started yet')
    return services.redis
  }
  return {
    service,
    /** The node that the connections reach, for one server. */
    node() {
      const [node] = service().nodes
      if (node === undefined) throw new Error('this Redis is not ours to kill')
      return node
    },
    /** Keys of their own, or those of another connection. */
    newPrefix: () => `test${process.pid}-${++prefixes}:`,
    async connect(options: Partial<RedisOptions> = {}): Promise<RedisConnection> {
      const connection = await createRedis({
        environment: nodeEnvironment,
        keyPrefix: `test${process.pid}-${++prefixes}:`,
        ...addressOf(service(), kind),
        ...options,
      })
      open.push(connection)
      return connection
    },
  }
}
