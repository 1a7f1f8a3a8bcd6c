import type { ServerEnvironment } from '../../ports/environment.js'
import type { ProcessEntry, Processes } from '../../ports/processes.js'
import type { Routes } from '../../ports/routes.js'
import type { RedisConnection } from './connection.js'
import { Living } from './living.js'
import { type Script, SINCE } from './script.js'

export interface RedisRoutesOptions {
  readonly environment: Pick<ServerEnvironment, 'monotonicNow' | 'setTimer' | 'clearTimer'>
  /** Where leases are kept: a route of a process whose lease is over leads nowhere. */
  readonly processes: Processes
  /** Where the push bus of this process listens: what a renewal enters. @default '' */
  readonly address?: string
  /** How often the list of living processes is read. @default 2,000 */
  readonly livingIntervalMs?: number
  /** A channel's routes that nobody has asserted for so long are forgotten. Far longer than the sweep. @default 120,000 */
  readonly routeTtlMs?: number
  /**
   * After Redis has lost its data, so long every living process is meant where a route is missing. Longer than the
   * time between two sweeps, which bring the routes back. @default 15,000
   */
  readonly settleMs?: number
}

export interface RedisRoutes extends Routes {
  /** Ends its timer. */
  close(): void
}

/** KEYS: routes of a channel. ARGV: process, ttl. */
const ASSERT: Script = {
  name: 'tidingsAssertRoute',
  keys: 1,
  lua: `
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`,
}

/** KEYS: since. Answers for how long this server has had its data. */
const AGE: Script = {
  name: 'tidingsRoutesAge',
  keys: 1,
  lua: `${SINCE}
local now = now_ms()
return now - since(KEYS[1], now)
`,
}

export const ROUTES_SCRIPTS: readonly Script[] = [ASSERT, AGE]

/**
 * A set of processes for each channel: one SMEMBERS per channel and batch, however many members it has. Nothing
 * of it is cached (see decisions/routes-are-not-cached.md). Which of the processes live says `processes`.
 */
export function createRedisRoutes(
  redis: RedisConnection,
  options: RedisRoutesOptions,
): RedisRoutes {
  const { environment, processes } = options
  const ttlMs = options.routeTtlMs ?? 120_000
  const settleMs = options.settleMs ?? 15_000
  const sinceKey = redis.keys.of('since', 'routes')
  const living = new Living({
    environment,
    processes,
    areRoutesSettled: async () => (await redis.run<number>(AGE, [sinceKey], [])) >= settleMs,
    everyMs: options.livingIntervalMs ?? 2_000,
  })
  const keyOf = (channelId: string) => redis.keys.of('routes', channelId)

  /** Of one channel; undefined when Redis cannot tell. */
  async function members(channelId: string): Promise<readonly string[] | undefined> {
    try {
      return await redis.ask((client) => client.smembers(keyOf(channelId)))
    } catch {
      return undefined
    }
  }

  /** Reads who lives where what was found leaves a doubt. Rejects when that cannot be had. */
  async function know(found: readonly (readonly string[] | undefined)[]): Promise<void> {
    const known = living.ids
    const isNew = found.some((ids) => ids?.some((id) => !known.has(id)))
    // nobody at all may be the truth, or all that an emptied Redis knows
    const isDoubtful = !living.isSettled || found.some((ids) => ids === undefined || !ids.length)
    if (!living.isRead || (isNew && living.isSettled) || (isDoubtful && living.isStale)) {
      await living.refresh()
    }
  }

  /** What leads to processes that are gone is taken away; should one of them come back, so does its next sweep. */
  function forget(channelId: string, gone: readonly string[]): void {
    if (gone.length === 0) return
    redis.ask((client) => client.srem(keyOf(channelId), ...gone)).catch(() => undefined)
  }

  return {
    async assert(processId, channelIds) {
      await Promise.all(
        channelIds.map((channelId) => redis.run(ASSERT, [keyOf(channelId)], [processId, ttlMs])),
      )
    },
    async withdraw(processId, channelIds) {
      await Promise.all(
        channelIds.map((channelId) =>
          redis.ask((client) => client.srem(keyOf(channelId), processId)),
        ),
      )
    },
    async lookup(channelIds) {
      const distinct = [...new Set(channelIds)]
      const found = await Promise.all(distinct.map(members))
      if (found.includes(undefined)) living.distrust()
      const isSure = await know(found).then(
        () => living.isSettled,
        () => false,
      )
      const alive = living.ids
      if (alive.size === 0 && !isSure) throw new Error('nobody knows which processes live')
      const targets = new Map<string, readonly string[]>()
      distinct.forEach((channelId, i) => {
        const ids = found[i]
        // one process too many costs a push that is ignored, one too few a message that comes late
        if (ids === undefined || !isSure) {
          targets.set(channelId, [...new Set([...alive, ...(ids ?? [])])])
          return
        }
        const isAlive = (id: string) => alive.has(id)
        targets.set(channelId, ids.filter(isAlive))
        forget(
          channelId,
          ids.filter((id) => !isAlive(id)),
        )
      })
      return channelIds.map((channelId) => targets.get(channelId) ?? [])
    },
    async renew(processId) {
      const entry: ProcessEntry = { processId, address: options.address ?? '' }
      const lease = await processes.renew(entry)
      living.add(processId)
      return lease
    },
    async leave(processId) {
      living.remove(processId)
      await processes.leave(processId)
    },
    close: () => living.close(),
  }
}
