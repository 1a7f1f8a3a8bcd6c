import type { Processes } from '../../ports/processes.js'
import type { RedisConnection } from './connection.js'
import { type Script, SINCE } from './script.js'

export interface RedisProcessesOptions {
  /** How long a lease lasts without a renewal. @default 15,000 */
  readonly leaseMs?: number
}

/** KEYS: processes, since. ARGV: id, address, leaseMs. What ended long ago is taken away here. */
const RENEW: Script = {
  name: 'tidingsRenewProcess',
  keys: 2,
  lua: `${SINCE}
local now = now_ms()
since(KEYS[2], now)
local lease = tonumber(ARGV[3])
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f %s', now + lease, ARGV[2]))
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if tonumber(string.match(all[i + 1], '^%d+')) + lease < now then
    redis.call('HDEL', KEYS[1], all[i])
  end
end
return 1
`,
}

/** KEYS: processes, since. ARGV: leaseMs. Answers whether it is complete, then id and address of the living. */
const LIST: Script = {
  name: 'tidingsListProcesses',
  keys: 2,
  lua: `${SINCE}
local now = now_ms()
local complete = now - since(KEYS[2], now) >= tonumber(ARGV[1])
local answer = { complete and '1' or '0' }
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local ends, address = string.match(all[i + 1], '^(%d+) (.*)$')
  if tonumber(ends) > now then
    answer[#answer + 1] = all[i]
    answer[#answer + 1] = address
  end
end
return answer
`,
}

export const PROCESSES_SCRIPTS: readonly Script[] = [RENEW, LIST]

/**
 * The processes of the cluster in one hash, their leases on the server's clock (R13). After a restart, a
 * fail-over or a loss of the data a list is not complete for one lease: a renewal may have been forgotten.
 */
export function createRedisProcesses(
  redis: RedisConnection,
  { leaseMs = 15_000 }: RedisProcessesOptions = {},
): Processes {
  const all = redis.keys.of('all', 'processes')
  const keys = [all, redis.keys.of('since', 'processes')]
  return {
    async renew({ processId, address }) {
      await redis.run(RENEW, keys, [processId, address, leaseMs])
      return { leaseMs }
    },
    async leave(processId) {
      await redis.ask((client) => client.hdel(all, processId))
    },
    async list() {
      const [complete, ...rest] = await redis.run<string[]>(LIST, keys, [leaseMs])
      const entries = []
      for (let i = 0; i + 1 < rest.length; i += 2) {
        entries.push({ processId: rest[i] ?? '', address: rest[i + 1] ?? '' })
      }
      return { entries, complete: complete === '1' }
    },
  }
}
