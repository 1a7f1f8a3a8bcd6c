import type { ServerEnvironment } from '../../ports/environment.js'

/** Failures in a row after which nothing is asked for a while. */
const FAILURES_MAX = 3
/** While it is open, how often it is tried whether Redis is back. */
const PROBE_MS = 500

/**
 * Keeps messages from waiting for a Redis that does not answer: after three failures in a row commands fail at
 * once, and no message but a probe finds out that it is back.
 */
export class Circuit {
  private failures = 0
  private timer: unknown
  private closed = false

  constructor(
    private readonly environment: Pick<ServerEnvironment, 'setTimer' | 'clearTimer'>,
    /** Rejects as long as Redis does not answer. */
    private readonly probe: () => Promise<unknown>,
  ) {}

  /** True while commands are not to be sent. */
  get isOpen(): boolean {
    return this.failures >= FAILURES_MAX
  }

  succeeded(): void {
    // what was sent before it opened and answered late says nothing of now
    if (!this.isOpen) this.failures = 0
  }

  failed(): void {
    if (this.isOpen) return
    this.failures++
    if (this.isOpen) this.arm()
  }

  /** Leaves no timer. */
  close(): void {
    this.closed = true
    this.environment.clearTimer(this.timer)
  }

  private arm(): void {
    if (this.closed) return
    this.timer = this.environment.setTimer(() => {
      this.probe().then(
        () => {
          this.failures = 0
        },
        () => this.arm(),
      )
    }, PROBE_MS)
  }
}
