import type { Assignment } from '../ports/command-log.js'
import type { ServerEnvironment } from '../ports/environment.js'
import { type AssignmentMark, Marking, markIntervalMs } from './marks.js'

interface Watcher {
  readonly offset: number
  readonly resolve: () => void
}

/**
 * R8: an offset is committed last, and not before the last write of its batch was answered `lagMs` ago, so that
 * acks and pushes that died with an owner are made again by the next. With a mark the store was told as long ago
 * that it has everything below. A refused commit ends the assignment (R1): whatever is guarded rejects.
 */
export class Commits {
  #committed: number
  readonly #waiting: { readonly offset: number; readonly dueMs: number }[] = []
  #watcher: Watcher | undefined
  #timer: unknown
  #working: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined
  #onFailure: ((error: unknown) => void) | undefined
  readonly #marking: Marking | undefined

  constructor(
    private readonly assignment: Assignment,
    private readonly environment: ServerEnvironment,
    private readonly lagMs: number,
    private readonly mark?: AssignmentMark,
  ) {
    this.#committed = assignment.committed
    this.#marking =
      mark &&
      new Marking(mark, {
        environment,
        intervalMs: markIntervalMs(lagMs),
        onMarked: (offset) => this.#commitLater(offset),
        onFailure: (error) => this.#fail(error),
      })
    assignment.signal.addEventListener('abort', this.#onAbort)
  }

  /** Everything below it is committed. */
  get committed(): number {
    return this.#committed
  }

  /** Called when everything below `offset` was written. Without a lag it resolves when that is committed. */
  async written(offset: number): Promise<void> {
    if (this.lagMs === 0) {
      await this.mark?.raise(offset, this.assignment.signal)
      await this.assignment.commit(offset)
      this.#committed = offset
      return
    }
    if (this.#marking === undefined) this.#commitLater(offset)
    else this.#marking.written(offset)
  }

  /** Resolves when everything below `offset` is committed. One wait at a time. */
  until(offset: number): Promise<void> {
    if (offset <= this.#committed) return Promise.resolve()
    return this.guard(new Promise((resolve) => (this.#watcher = { offset, resolve })))
  }

  /** Settles as the promise does, or rejects when a commit was refused. One promise at a time. */
  guard<T>(promise: Promise<T>): Promise<T> {
    if (this.lagMs === 0) return promise
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) reject(this.#failure.error)
      this.#onFailure = reject
      promise.then(resolve, reject)
    })
  }

  /** Stops the timer and waits for a commit in flight. */
  async end(): Promise<void> {
    this.assignment.signal.removeEventListener('abort', this.#onAbort)
    this.#waiting.length = 0
    if (this.#timer !== undefined) this.environment.clearTimer(this.#timer)
    await this.#marking?.end()
    await this.#working
  }

  #commitLater(offset: number): void {
    this.#waiting.push({ offset, dueMs: this.environment.monotonicNow() + this.lagMs })
    this.#schedule()
  }

  #schedule(): void {
    const [next] = this.#waiting
    if (next === undefined || this.#timer !== undefined || this.#working !== undefined) return
    const delayMs = Math.max(0, next.dueMs - this.environment.monotonicNow())
    this.#timer = this.environment.setTimer(() => {
      this.#timer = undefined
      this.#working = this.#commitDue().finally(() => {
        this.#working = undefined
        this.#schedule()
      })
    }, delayMs)
  }

  async #commitDue(): Promise<void> {
    const nowMs = this.environment.monotonicNow()
    let due = 0
    while (due < this.#waiting.length && (this.#waiting[due]?.dueMs ?? 0) <= nowMs) due += 1
    const last = this.#waiting.splice(0, due).at(-1)
    if (last === undefined) return
    try {
      await this.assignment.commit(last.offset)
    } catch (error) {
      this.#fail(error)
      return
    }
    this.#committed = last.offset
    if (this.#watcher !== undefined && this.#watcher.offset <= last.offset) {
      this.#watcher.resolve()
      this.#watcher = undefined
    }
  }

  /** What waits for a commit must not keep the next assignment waiting. */
  readonly #onAbort = (): void => this.#fail(new Error('The assignment has ended.'))

  #fail(error: unknown): void {
    this.#waiting.length = 0
    this.#marking?.stop()
    this.#failure ??= { error }
    this.#onFailure?.(error)
  }
}
