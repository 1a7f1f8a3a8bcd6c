/** What a composition needs of Redis, in one dynamic import; the embedded server never loads it. */

export { createRedis, RedisAway, type RedisConnection } from './connection.js'
export { createRedisKnownHeads } from './known-heads.js'
export { createRedisNodeLeases, type RedisNodeLeasesOptions } from './node-leases.js'
export type { RedisOptions } from './options.js'
export { createRedisProcesses } from './processes.js'
export { createRedisRateLimiter } from './rate-limiter.js'
export { createRedisRecentEvents } from './recent-events.js'
export { createRedisRoutes, type RedisRoutes } from './routes.js'
export { createRedisTokenRevocation, type RedisTokenRevocation } from './token-revocation.js'
