import type { Offsets } from 'kafkajs'
import type { KafkaAssignment } from './assignment.js'
import { endsMembership } from './errors.js'
import type { KafkaLogSettings } from './options.js'

interface PendingCommit {
  offset: number
  readonly waiting: PromiseWithResolvers<void>[]
}

/**
 * From one join of the group to whatever ends it: a rebalance, a re-join inside the client library, an exception, a
 * refused commit. All assignments end with it, and none of their commits goes out afterwards (R1).
 */
export class Membership {
  readonly #ended = new AbortController()
  readonly #fetchable = new AbortController()
  readonly assignments = new Map<number, KafkaAssignment>()
  readonly #pending = new Map<KafkaAssignment, PendingCommit>()
  #send: ((offsets: Offsets) => Promise<void>) | undefined
  #timer: unknown
  #committing = false
  #lastMs = Number.NEGATIVE_INFINITY

  constructor(
    private readonly topic: string,
    private readonly settings: Pick<
      KafkaLogSettings,
      'environment' | 'commitIntervalMs' | 'onTrouble'
    >,
  ) {}

  get signal(): AbortSignal {
    return this.#ended.signal
  }

  /** Aborted as soon as there is a partition to fetch, or none will be. */
  get fetchable(): AbortSignal {
    return this.#fetchable.signal
  }

  /** A partition may be fetched now; what may be in the same turn, may be with it. */
  fetches(): void {
    this.settings.environment.nextTurn(() => this.#fetchable.abort())
  }

  end(): void {
    if (this.signal.aborted) return
    this.#ended.abort()
    this.#fetchable.abort()
    this.settings.environment.clearTimer(this.#timer)
    for (const assignment of this.assignments.values()) assignment.end()
    this.#rejectAll(new Error('The membership of the group is over: nothing was committed.'))
  }

  /** The client library shows how to commit, once, with every batch. */
  commitsWith(send: (offsets: Offsets) => Promise<void>): void {
    this.#send ??= send
  }

  /** Gathers what all partitions commit into one request, at most one each interval. */
  commit(assignment: KafkaAssignment, offset: number): Promise<void> {
    if (this.signal.aborted) return Promise.reject(new Error('The membership is over.'))
    const waiting = Promise.withResolvers<void>()
    const pending = this.#pending.get(assignment)
    if (pending === undefined) this.#pending.set(assignment, { offset, waiting: [waiting] })
    else {
      pending.offset = Math.max(pending.offset, offset)
      pending.waiting.push(waiting)
    }
    this.#schedule()
    return waiting.promise
  }

  #schedule(): void {
    if (this.#committing || this.#timer !== undefined || this.#pending.size === 0) return
    const { environment, commitIntervalMs } = this.settings
    const delayMs = Math.max(0, this.#lastMs + commitIntervalMs - environment.monotonicNow())
    this.#timer = environment.setTimer(() => {
      this.#timer = undefined
      void this.#flush()
    }, delayMs)
  }

  async #flush(): Promise<void> {
    const send = this.#send
    if (this.signal.aborted || send === undefined) return
    const taken = [...this.#pending].filter(([assignment]) => !assignment.signal.aborted)
    for (const [assignment, { waiting }] of this.#pending) {
      if (assignment.signal.aborted) rejectThese(waiting, new Error('The assignment has ended.'))
    }
    this.#pending.clear()
    if (taken.length === 0) return
    this.#committing = true
    this.#lastMs = this.settings.environment.monotonicNow()
    try {
      await send({ topics: [{ topic: this.topic, partitions: taken.map(offsetOf) }] })
      for (const [, { waiting }] of taken) for (const one of waiting) one.resolve()
    } catch (error) {
      this.#failed(taken, error)
    } finally {
      this.#committing = false
      if (!this.signal.aborted) this.#schedule()
    }
  }

  #failed(taken: readonly (readonly [KafkaAssignment, PendingCommit])[], error: unknown): void {
    this.settings.onTrouble?.('log, commit', error)
    if (this.signal.aborted || endsMembership(error)) {
      for (const [, { waiting }] of taken) rejectThese(waiting, error)
      this.end()
      return
    }
    // the coordinator did not answer: as long as the membership lasts, it is asked again
    for (const [assignment, { offset, waiting }] of taken) {
      const newer = this.#pending.get(assignment)
      this.#pending.set(assignment, {
        offset: Math.max(offset, newer?.offset ?? 0),
        waiting: [...waiting, ...(newer?.waiting ?? [])],
      })
    }
  }

  #rejectAll(error: Error): void {
    for (const { waiting } of this.#pending.values()) rejectThese(waiting, error)
    this.#pending.clear()
  }
}

const offsetOf = ([{ partition }, { offset }]: readonly [KafkaAssignment, PendingCommit]) => ({
  partition,
  offset: String(offset),
})

function rejectThese(waiting: readonly PromiseWithResolvers<void>[], error: unknown): void {
  for (const one of waiting) one.reject(error)
}
