import { describe, it } from 'vitest'
import { createMemoryRoutes } from '../../src/adapters/memory/routes.js'
import { type RoutesHarness, routesContract } from '../../src/ports/contract/routes.js'
import type { Routes } from '../../src/ports/routes.js'
import { refuses } from './refused.js'

const harness =
  (wrap: (routes: Routes) => Routes = (routes) => routes) =>
  async (): Promise<RoutesHarness> => ({
    routes: wrap(createMemoryRoutes()),
    close: async () => undefined,
  })

/** Routes whose leases end and whose engine can be away, perhaps with something broken around them. */
function leasedHarness(broken: { keepsDead?: boolean; knowsNobody?: boolean } = {}) {
  return async (): Promise<RoutesHarness> => {
    const routes = createMemoryRoutes()
    const living = new Set<string>()
    let away = false
    return {
      routes: {
        ...routes,
        async renew(processId) {
          living.add(processId)
          return { leaseMs: 1_000 }
        },
        async lookup(channelIds) {
          if (!away) return routes.lookup(channelIds)
          return channelIds.map(() => (broken.knowsNobody ? [] : [...living]))
        },
      },
      async endLease(processId) {
        living.delete(processId)
        if (!broken.keepsDead) await routes.leave(processId)
      },
      async breakEngine() {
        away = true
      },
      close: async () => undefined,
    }
  }
}

interface Wrong {
  readonly make: () => Promise<RoutesHarness>
  readonly fails: RegExp
}

/** Each breaks one MUST of the port, and only that. */
const WRONG: Readonly<Record<string, Wrong>> = {
  'register a route some time after assert': {
    make: harness((routes) => ({
      ...routes,
      async assert(processId, channelIds) {
        setImmediate(() => {
          routes.assert(processId, channelIds).catch(() => undefined)
        })
      },
    })),
    fails: /^R12: a route is registered when assert resolves/,
  },
  'answer in an order of their own': {
    make: harness((routes) => ({
      ...routes,
      lookup: (channelIds) => routes.lookup([...channelIds].sort()),
    })),
    fails: /^answers in the order asked/,
  },
  'name a process once for each sweep': {
    make: harness((routes) => {
      const sweeps = new Map<string, number>()
      return {
        ...routes,
        async assert(processId, channelIds) {
          sweeps.set(processId, (sweeps.get(processId) ?? 0) + 1)
          await routes.assert(processId, channelIds)
        },
        lookup: async (channelIds) =>
          (await routes.lookup(channelIds)).map((processes) =>
            processes.flatMap((one) => new Array<string>(sweeps.get(one) ?? 1).fill(one)),
          ),
      }
    }),
    fails: /each process once/,
  },
  'withdraw everything of a process': {
    make: harness((routes) => ({ ...routes, withdraw: (processId) => routes.leave(processId) })),
    fails: /^a withdrawn route leads nowhere, others stay/,
  },
  'keep routes of a process whose lease is over': {
    make: leasedHarness({ keepsDead: true }),
    fails: /^R13: routes of a process end with its lease/,
  },
  'name nobody when they cannot tell': {
    make: leasedHarness({ knowsNobody: true }),
    fails: /^R12: when it cannot tell/,
  },
}

routesContract('the routes in memory', harness(), { describe, it })
routesContract('routes with leases', leasedHarness(), { describe, it })

refuses('routes that', WRONG, ({ make }, name) => (runner) => {
  routesContract(name, make, runner)
})
