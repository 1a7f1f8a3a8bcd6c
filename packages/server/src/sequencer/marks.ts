import type { Assignment } from '../ports/command-log.js'
import { type StoredMarks, StoreGoneBack } from '../ports/stored-marks.js'
import { SequencerAlarm } from './alarm.js'
import type { SequencerOptions } from './options.js'
import { persist } from './persist.js'

/**
 * R8: the mark of one assignment's partition. What is committed must be known to the store; and what is to be
 * committed is made known to it before. So a store that was restored from an older backup contradicts the log.
 */
export class AssignmentMark {
  /** What must be there: the store has said so, or a raise of this assignment was answered. */
  #atLeast: number

  constructor(
    private readonly assignment: Assignment,
    private readonly marks: StoredMarks,
    private readonly options: Pick<SequencerOptions, 'environment' | 'onTrouble'>,
  ) {
    this.#atLeast = assignment.committed
  }

  /** Throws SequencerAlarm when the store does not know of what is committed; with `confirm` every replica is asked. */
  async compare(confirm: boolean): Promise<void> {
    const { generation, partition, committed, signal } = this.assignment
    const mark = await persist({ ...this.options, partition, signal }, () =>
      this.marks.read({ generation, partition }, { confirm }),
    )
    if (mark < committed) throw this.#goneBack(`everything below it only up to offset ${mark}`)
  }

  /** Everything below the offset is stored. Throws SequencerAlarm when the store has lost its mark meanwhile. */
  async raise(offset: number, signal: AbortSignal): Promise<void> {
    const { generation, partition } = this.assignment
    try {
      await persist({ ...this.options, partition, signal }, () =>
        this.marks.raise({ generation, partition, offset }, this.#atLeast),
      )
    } catch (error) {
      if (!(error instanceof StoreGoneBack)) throw error
      throw this.#goneBack('less than it had when this partition was taken over', error)
    }
    this.#atLeast = Math.max(this.#atLeast, offset)
  }

  #goneBack(has: string, cause?: unknown): SequencerAlarm {
    const { generation, partition, committed: offset } = this.assignment
    return new SequencerAlarm(
      undefined,
      { generation, partition, offset },
      `the log is committed, and the store has ${has}; if it was restored from an older backup, stop every process and run tidings log renew`,
      { cause },
    )
  }
}

/** Most time between two raises while there is something to raise. */
const INTERVAL_MAX_MS = 500

/** How long after a raise the next one begins: a part of the lag by which commits are late anyway. */
export const markIntervalMs = (commitLagMs: number): number =>
  Math.min(INTERVAL_MAX_MS, commitLagMs / 4)

export interface MarkingOptions {
  readonly environment: SequencerOptions['environment']
  readonly intervalMs: number
  /** Everything below the offset is stored, and the store knows it. */
  readonly onMarked: (offset: number) => void
  readonly onFailure: (error: unknown) => void
}

/** Raises the mark behind what is written: one raise at a time, each for all that was written meanwhile. */
export class Marking {
  readonly #over = new AbortController()
  #written: number | undefined
  #begunMs = Number.NEGATIVE_INFINITY
  #timer: unknown
  #working: Promise<void> | undefined

  constructor(
    private readonly mark: AssignmentMark,
    private readonly options: MarkingOptions,
  ) {}

  written(offset: number): void {
    this.#written = offset
    this.#schedule()
  }

  /** Nothing more is raised, and nothing waited for. */
  stop(): void {
    this.#over.abort()
    this.options.environment.clearTimer(this.#timer)
  }

  /** Waits for a raise in flight. */
  async end(): Promise<void> {
    this.stop()
    await this.#working
  }

  #schedule(): void {
    if (this.#written === undefined || this.#over.signal.aborted) return
    if (this.#timer !== undefined || this.#working !== undefined) return
    const { environment, intervalMs } = this.options
    const delayMs = Math.max(0, this.#begunMs + intervalMs - environment.monotonicNow())
    this.#timer = environment.setTimer(() => {
      this.#timer = undefined
      this.#working = this.#raise().finally(() => {
        this.#working = undefined
        this.#schedule()
      })
    }, delayMs)
  }

  async #raise(): Promise<void> {
    const offset = this.#written
    if (offset === undefined) return
    this.#written = undefined
    this.#begunMs = this.options.environment.monotonicNow()
    try {
      await this.mark.raise(offset, this.#over.signal)
    } catch (error) {
      const isOver = this.#over.signal.aborted
      this.#over.abort()
      if (!isOver) this.options.onFailure(error)
      return
    }
    if (!this.#over.signal.aborted) this.options.onMarked(offset)
  }
}
