import type { Core } from './core.js'

/** Renewed at least this often, however long a lease may be. */
const RENEW_MAX_MS = 10_000
const RETRY_MS = 500

/**
 * R13: while the lease holds, this process is asked before a removal is acknowledged; when it may be over, it is
 * asked no more, so nothing may be delivered. Counted on the monotonic clock from before the renewal was sent.
 */
export class Lease {
  private until = Number.NEGATIVE_INFINITY
  private timer: unknown
  private stopped = false
  private lost = false

  constructor(private readonly core: Core) {}

  /** Resolves when there is a first lease; rejects when there is none to be had. */
  async start(): Promise<void> {
    await this.renew()
    this.arm()
  }

  stop(): void {
    this.stopped = true
    this.core.environment.clearTimer(this.timer)
  }

  isValid(): boolean {
    return this.core.environment.monotonicNow() < this.until
  }

  private async renew(): Promise<void> {
    const before = this.core.environment.monotonicNow()
    const { leaseMs } = await this.core.parts.routes.renew(this.core.parts.processId)
    const hadOne = this.until !== Number.NEGATIVE_INFINITY
    // as of the answer: what came meanwhile was not delivered, though the renewal was sent in time
    if (hadOne && !this.isValid()) this.lost = true
    this.until = before + leaseMs
    this.leaseMs = leaseMs
    if (!this.lost || !this.isValid()) return
    this.lost = false
    // removals may have been acknowledged without us: every session is read anew, by connecting again
    this.core.metrics.leaseLost()
    this.core.endAll({ code: 'unavailable', message: 'The server lost touch; connect again.' })
  }

  private leaseMs = 0

  private arm(): void {
    if (this.stopped) return
    const everyMs = Math.min(this.leaseMs / 3, RENEW_MAX_MS)
    this.timer = this.core.environment.setTimer(() => void this.again(), everyMs)
  }

  private async again(): Promise<void> {
    try {
      await this.renew()
      this.arm()
    } catch (error) {
      this.core.failed(error, 'renewing the lease')
      if (this.stopped) return
      this.timer = this.core.environment.setTimer(() => void this.again(), RETRY_MS)
    }
  }
}
