import { createMemoryRoutes } from '../../../packages/server/src/adapters/memory/routes.js'
import type { Routes } from '../../../packages/server/src/ports/routes.js'
import type { Process } from './process.js'

export type RouteFault = 'lookup_failed' | 'routes_forgotten' | 'lease_not_renewed'

const LEASE_MS = 15_000

/** Which processes follow which channels, with what goes wrong when that is kept elsewhere (R12, R13). */
export class WorldRoutes {
  #routes = createMemoryRoutes()
  #failLookups = 0
  /** Renewals are refused until then, by the clock that is passed in. */
  #refuseUntilMs = 0

  constructor(
    private readonly nowMs: () => number,
    private readonly onFault: (fault: RouteFault) => void,
  ) {}

  failNextLookup(): void {
    this.#failLookups += 1
  }

  /** Everything that was registered is gone, and nobody is told. */
  forget(): void {
    this.#routes = createMemoryRoutes()
    this.onFault('routes_forgotten')
  }

  refuseRenewals(ms: number): void {
    this.#refuseUntilMs = this.nowMs() + ms
  }

  heal(): void {
    this.#failLookups = 0
    this.#refuseUntilMs = 0
  }

  /** The routes as one process sees them. */
  open(process: Process): Routes {
    process.onDeath(() => void this.#routes.leave(process.id))
    return {
      assert: (processId, channelIds) =>
        process.ask(1, () => this.#routes.assert(processId, channelIds)),
      withdraw: (processId, channelIds) =>
        process.ask(1, () => this.#routes.withdraw(processId, channelIds)),
      lookup: (channelIds) =>
        process.ask(0, () => {
          if (this.#failLookups > 0) {
            this.#failLookups -= 1
            this.onFault('lookup_failed')
            throw new Error('the routes cannot be had')
          }
          return this.#routes.lookup(channelIds)
        }),
      renew: () =>
        process.ask(1, () => {
          if (this.nowMs() < this.#refuseUntilMs) {
            this.onFault('lease_not_renewed')
            throw new Error('the lease cannot be renewed')
          }
          return { leaseMs: LEASE_MS }
        }),
      leave: (processId) => process.ask(0, () => this.#routes.leave(processId)),
    }
  }
}
