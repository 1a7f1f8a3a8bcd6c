import type { ServerEnvironment } from '../../ports/environment.js'
import type { Processes } from '../../ports/processes.js'

export interface LivingOptions {
  readonly environment: Pick<ServerEnvironment, 'monotonicNow' | 'setTimer' | 'clearTimer'>
  readonly processes: Pick<Processes, 'list'>
  /** False as long as routes may be missing that were asserted: their engine has lost data a while ago. */
  readonly areRoutesSettled: () => Promise<boolean>
  readonly everyMs: number
}

/** A reason to read anew counts at most this often. */
const SUSPICION_MS = 200

/**
 * Which processes live, as last known, and whether routes can be trusted: so that routes are judged without asking
 * each time, and delivery goes on while nobody can be asked (R12).
 */
export class Living {
  private known: ReadonlySet<string> = new Set()
  private refreshing: Promise<void> | undefined
  private readAt = Number.NEGATIVE_INFINITY
  private timer: unknown
  private closed = false
  private settled = false

  constructor(private readonly options: LivingOptions) {}

  get ids(): ReadonlySet<string> {
    this.arm()
    return this.known
  }

  /** False: a route that is not found may have been lost, and every process may be meant. */
  get isSettled(): boolean {
    return this.settled
  }

  get isRead(): boolean {
    return this.readAt !== Number.NEGATIVE_INFINITY
  }

  /** True if it is long enough ago that a doubt is worth another reading. */
  get isStale(): boolean {
    return this.options.environment.monotonicNow() - this.readAt > SUSPICION_MS
  }

  /** A process of which this one has heard otherwise. */
  add(processId: string): void {
    if (!this.known.has(processId)) this.known = new Set(this.known).add(processId)
  }

  remove(processId: string): void {
    const known = new Set(this.known)
    if (known.delete(processId)) this.known = known
  }

  /** The engine was not there: who knows what it has lost. */
  distrust(): void {
    this.settled = false
  }

  /** Reads anew, once for all who ask at the same time; rejects when it cannot be had. */
  refresh(): Promise<void> {
    this.refreshing ??= this.read().finally(() => {
      this.refreshing = undefined
    })
    return this.refreshing
  }

  close(): void {
    this.closed = true
    this.options.environment.clearTimer(this.timer)
    this.timer = undefined
  }

  private async read(): Promise<void> {
    const { environment, processes, areRoutesSettled } = this.options
    const [{ entries, complete }, settled] = await Promise.all([
      processes.list(),
      // the list may come from somewhere else and be there all the same
      areRoutesSettled().catch(() => false),
    ])
    const listed = entries.map((entry) => entry.processId)
    // who is not listed may live all the same as long as the list may be incomplete
    this.known = new Set(complete ? listed : [...this.known, ...listed])
    this.settled = settled
    this.readAt = environment.monotonicNow()
  }

  /** From the first question on it is kept fresh, for the moment when it cannot be had. */
  private arm(): void {
    if (this.timer !== undefined || this.closed) return
    this.timer = this.options.environment.setTimer(() => {
      this.timer = undefined
      // as last known is what remains
      this.refresh()
        .catch(() => undefined)
        .finally(() => this.arm())
    }, this.options.everyMs)
  }
}
