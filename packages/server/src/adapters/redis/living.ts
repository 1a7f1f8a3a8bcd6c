import type { ServerEnvironment } from '../../ports/environment.js'
import type { Processes } from '../../ports/processes.js'

/**
 * Which processes live, as last known: so that routes can be judged without asking, and delivery goes on while
 * nobody can be asked (R12). Who is not listed is kept as long as the list may be incomplete.
 */
export class Living {
  private known: ReadonlySet<string> = new Set()
  private refreshing: Promise<void> | undefined
  private timer: unknown
  private closed = false
  /** False as long as no list was read: then only this process's own renewals are known. */
  isRead = false

  constructor(
    private readonly processes: Pick<Processes, 'list'>,
    private readonly environment: Pick<ServerEnvironment, 'setTimer' | 'clearTimer'>,
    private readonly everyMs: number,
  ) {}

  get ids(): ReadonlySet<string> {
    this.arm()
    return this.known
  }

  /** A process of which this one has heard otherwise. */
  add(processId: string): void {
    if (!this.known.has(processId)) this.known = new Set(this.known).add(processId)
  }

  remove(processId: string): void {
    const known = new Set(this.known)
    if (known.delete(processId)) this.known = known
  }

  /** Reads anew, once for all who ask at the same time; rejects when the list cannot be had. */
  refresh(): Promise<void> {
    this.refreshing ??= this.read().finally(() => {
      this.refreshing = undefined
    })
    return this.refreshing
  }

  close(): void {
    this.closed = true
    this.environment.clearTimer(this.timer)
    this.timer = undefined
  }

  private async read(): Promise<void> {
    const { entries, complete } = await this.processes.list()
    this.isRead = true
    const listed = entries.map((entry) => entry.processId)
    this.known = new Set(complete ? listed : [...this.known, ...listed])
  }

  /** From the first question on the list is kept fresh, for the moment when it cannot be had. */
  private arm(): void {
    if (this.timer !== undefined || this.closed) return
    this.timer = this.environment.setTimer(() => {
      this.timer = undefined
      // as last known is what remains
      this.refresh()
        .catch(() => undefined)
        .finally(() => this.arm())
    }, this.everyMs)
  }
}
