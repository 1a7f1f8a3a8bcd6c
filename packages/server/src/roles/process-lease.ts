import type { ServerEnvironment } from '../ports/environment.js'

export interface ProcessLeaseOptions {
  readonly environment: ServerEnvironment
  /** Renews it; resolves to how long it lasts from the moment before the call. */
  readonly renew: () => Promise<{ readonly leaseMs: number }>
  /** The lease was over and begins anew: what was kept meanwhile may be void. Called before it counts again. */
  readonly onRegained: () => void
  readonly onError: (error: unknown) => void
}

/** R13: while it holds, this process is asked before a change of memberships is answered. */
export interface ProcessLease {
  /** Resolves with the first lease; rejects when there is none to be had. */
  start(): Promise<void>
  isValid(): boolean
  stop(): void
}

/** Renewed at least this often, however long a lease may be. */
const RENEW_MAX_MS = 5_000
const RETRY_MS = 500

/** Counted on the monotonic clock from before each renewal was sent, so a process that was frozen knows it. */
export function createProcessLease(options: ProcessLeaseOptions): ProcessLease {
  const { environment } = options
  let until = Number.NEGATIVE_INFINITY
  let leaseMs = 0
  let timer: unknown
  let stopped = false

  const isValid = (): boolean => environment.monotonicNow() < until

  async function renew(): Promise<void> {
    const before = environment.monotonicNow()
    const renewed = await options.renew()
    if (until !== Number.NEGATIVE_INFINITY && !isValid()) options.onRegained()
    leaseMs = renewed.leaseMs
    until = Math.max(until, before + leaseMs)
  }

  async function again(): Promise<void> {
    try {
      await renew()
      arm(Math.min(leaseMs / 3, RENEW_MAX_MS))
    } catch (error) {
      options.onError(error)
      arm(RETRY_MS)
    }
  }

  function arm(ms: number): void {
    if (!stopped) timer = environment.setTimer(() => void again(), ms)
  }

  return {
    async start() {
      await renew()
      arm(Math.min(leaseMs / 3, RENEW_MAX_MS))
    },
    isValid,
    stop() {
      stopped = true
      environment.clearTimer(timer)
    },
  }
}
