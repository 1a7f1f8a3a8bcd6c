import type { AppendOutcome } from '../../ports/command-log.js'
import { type BatchLimits, batchOf } from './pieces.js'
import type { EncodedRecord } from './record.js'

/** A record that waits for its outcome. Its caller may be told `unknown` before it is in. */
export interface Entry {
  readonly record: EncodedRecord
  readonly deadlineMs: number
  readonly settle: (outcome: AppendOutcome) => void
  settled: boolean
}

/** The records of one partition that go together, again and again, until they are in. */
export interface Batch {
  readonly partition: number
  entries: readonly Entry[]
  readonly firstSentMs: number
  inFlight: boolean
  failures: number
  /** An attempt ended without an answer: it may be in the log. */
  ambiguous: boolean
  /** It failed together with others: it goes alone until it is in, so that the others are not appended twice. */
  alone: boolean
  /** Not sent before, in monotonic milliseconds. */
  retryAtMs: number
}

export interface QueueLimits extends BatchLimits {
  readonly maxQueuedRecords: number
  readonly maxQueuedBytes: number
}

/**
 * What waits to be appended, by partition: at most one batch that was sent, whose content is fixed until it is in,
 * and what came after it. So nothing overtakes within a partition, whatever fails. Bounded in records and bytes
 * over all partitions (I7).
 */
export class ProduceQueue {
  readonly #waiting = new Map<number, Entry[]>()
  readonly #batches = new Map<number, Batch>()
  #records = 0
  #bytes = 0

  constructor(private readonly limits: QueueLimits) {}

  get records(): number {
    return this.#records
  }

  /** False at the bound. */
  push(entry: Entry): boolean {
    const { partition, bytes } = entry.record
    if (this.#records >= this.limits.maxQueuedRecords) return false
    if (this.#bytes + bytes > this.limits.maxQueuedBytes) return false
    const waiting = this.#waiting.get(partition)
    if (waiting === undefined) this.#waiting.set(partition, [entry])
    else waiting.push(entry)
    this.#records += 1
    this.#bytes += bytes
    return true
  }

  /** The partitions that may send now. */
  ready(nowMs: number): readonly number[] {
    const ready: number[] = []
    for (const batch of this.#batches.values()) {
      if (!batch.inFlight && batch.retryAtMs <= nowMs) ready.push(batch.partition)
    }
    for (const partition of this.#waiting.keys()) {
      if (!this.#batches.has(partition)) ready.push(partition)
    }
    return ready
  }

  /** What a partition sends now: the batch that failed before, or one of what waits. */
  next(partition: number, nowMs: number): Batch | undefined {
    return this.#batches.get(partition) ?? this.#form(partition, nowMs)
  }

  /** Whether the partition's batch must go in a request of its own. */
  alone(partition: number): boolean {
    return this.#batches.get(partition)?.alone ?? false
  }

  /** When the next batch that failed may be sent again; undefined when none waits. */
  nextRetryMs(): number | undefined {
    let next: number | undefined
    for (const { inFlight, retryAtMs } of this.#batches.values()) {
      if (!inFlight && (next === undefined || retryAtMs < next)) next = retryAtMs
    }
    return next
  }

  /** Ends a batch with one outcome for all who still wait. */
  finish(batch: Batch, outcome: AppendOutcome): void {
    this.#batches.delete(batch.partition)
    for (const entry of batch.entries) this.#drop(entry, outcome)
  }

  /**
   * Tells those whose time is over: `refused` what is surely not in the log, which then never will be; `unknown`
   * what may be, which stays until it is.
   */
  expire(nowMs: number, refused: AppendOutcome, unknown: AppendOutcome): void {
    for (const [partition, waiting] of this.#waiting) {
      // they came in the order of their deadlines
      const left = waiting.findIndex(({ deadlineMs }) => deadlineMs > nowMs)
      if (left === 0) continue
      for (const entry of left < 0 ? waiting : waiting.slice(0, left)) this.#drop(entry, refused)
      if (left < 0) this.#waiting.delete(partition)
      else this.#waiting.set(partition, waiting.slice(left))
    }
    for (const batch of this.#batches.values()) {
      if (batch.inFlight || batch.ambiguous) {
        for (const entry of batch.entries) {
          if (entry.deadlineMs <= nowMs) settleOnce(entry, unknown)
        }
        continue
      }
      for (const entry of batch.entries) if (entry.deadlineMs <= nowMs) this.#drop(entry, refused)
      batch.entries = batch.entries.filter(({ deadlineMs }) => deadlineMs > nowMs)
      if (batch.entries.length === 0) this.#batches.delete(batch.partition)
    }
  }

  #form(partition: number, nowMs: number): Batch | undefined {
    const waiting = this.#waiting.get(partition)
    if (waiting === undefined) return undefined
    const count = batchOf(waiting, ({ record }) => record.bytes, this.limits)
    const batch: Batch = {
      partition,
      entries: waiting.slice(0, count),
      firstSentMs: nowMs,
      inFlight: false,
      failures: 0,
      ambiguous: false,
      alone: false,
      retryAtMs: 0,
    }
    if (count === waiting.length) this.#waiting.delete(partition)
    else this.#waiting.set(partition, waiting.slice(count))
    this.#batches.set(partition, batch)
    return batch
  }

  #drop(entry: Entry, outcome: AppendOutcome): void {
    this.#records -= 1
    this.#bytes -= entry.record.bytes
    settleOnce(entry, outcome)
  }
}

function settleOnce(entry: Entry, outcome: AppendOutcome): void {
  if (entry.settled) return
  entry.settled = true
  entry.settle(outcome)
}
