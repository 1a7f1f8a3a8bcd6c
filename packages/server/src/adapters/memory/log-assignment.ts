import type { Assignment } from '../../ports/command-log.js'
import type { ServerEnvironment } from '../../ports/environment.js'
import type { LogRecord } from '../../stream/command.js'
import type { LogPartition } from './log-partition.js'

/** One ownership of one partition of the log in memory. */
export class LogAssignment implements Assignment {
  readonly generation: number
  readonly partition: number
  readonly committed: number
  readonly #ended = new AbortController()
  #next: number

  constructor(
    private readonly log: LogPartition,
    private readonly environment: ServerEnvironment,
  ) {
    this.generation = log.generation
    this.partition = log.partition
    this.committed = log.committed
    this.#next = log.committed
  }

  get signal(): AbortSignal {
    return this.#ended.signal
  }

  end(): void {
    this.#ended.abort()
  }

  async next(max: number): Promise<readonly LogRecord[]> {
    if (!this.signal.aborted && this.#next >= this.log.end) await this.#more()
    if (this.signal.aborted) return []
    const records = this.log.slice(this.#next, max)
    this.#next += records.length
    return records
  }

  async commit(offset: number): Promise<void> {
    if (this.signal.aborted) throw new Error('The assignment has ended: nothing was committed.')
    this.log.commit(offset)
  }

  /** Resolves at the end of the turn that brought records, so that one batch takes all of them. */
  #more(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.log.watch(() => {
        if (this.#next >= this.log.end) return
        done()
        this.environment.nextTurn(resolve)
      })
      const abort = () => {
        done()
        resolve()
      }
      const done = () => {
        stop()
        this.signal.removeEventListener('abort', abort)
      }
      this.signal.addEventListener('abort', abort)
    })
  }
}
