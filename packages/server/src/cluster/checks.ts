import type { Check } from './health.js'
import type { OpenPorts } from './ports.js'
import type { Roles } from './running.js'

/** What `/readyz` asks, by the names under which it answers. */
export function checksOf(
  { postgres, redis, commandLog, store, openCircuits }: OpenPorts,
  { serving, sequencing, stopped }: Roles,
): Readonly<Record<string, Check>> {
  const serves = serving !== undefined
  return {
    ...(sequencing !== undefined && {
      sequencer: { kind: serves ? 'helpful' : 'needed', ask: sequencing.check },
    }),
    log: { kind: 'needed', ask: () => commandLog.lag() },
    store: { kind: 'needed', ask: store.reachable },
    directory: {
      kind: serves ? 'needed' : 'helpful',
      async ask() {
        const { state, reason } = await postgres.health()
        if (state !== 'up') throw new Error(reason ?? state)
      },
    },
    redis: { kind: 'helpful', ask: () => redis.ask((client) => client.exists('tidings')) },
    partitions: { kind: 'helpful', ask: () => stopped.check() },
    bus: {
      kind: 'helpful',
      async ask() {
        if (openCircuits.size > 0) throw new Error(`${openCircuits.size} processes take no pushes`)
      },
    },
  }
}
