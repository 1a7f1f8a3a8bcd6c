import type { AppendOutcome } from '../../ports/command-log.js'
import { retryDelayMs } from './back-off.js'
import { within } from './client.js'
import { appendFailure, NotSent } from './errors.js'
import type { KafkaLogSettings } from './options.js'
import { type Batch, ProduceQueue } from './produce-queue.js'
import type { EncodedRecord } from './record.js'

/** Sends batches, each of another partition, in one request; one attempt. */
export interface ProduceTransport {
  /** Rejects with NotSent when nothing of it went out. */
  send(batches: readonly Batch[]): Promise<void>
  /** Which broker leads the partition, as far as known. */
  leaderOf(partition: number): number | undefined
  /** Goes on with a new client, and gives the old one up. */
  renew(): void
  close(): Promise<void>
}

export type ProducerSettings = Pick<
  KafkaLogSettings,
  | 'environment'
  | 'appendTimeoutMs'
  | 'retryAfterMs'
  | 'maxQueuedRecords'
  | 'maxQueuedBytes'
  | 'maxBatchBytes'
  | 'maxBatchRecords'
  | 'watchdogMs'
  | 'onTrouble'
> & {
  /** The brokers will not take a batch: the log may have been sealed. */
  readonly onRefused?: () => void
}

const APPENDED: AppendOutcome = Object.freeze({ status: 'appended' })
const CLOSED: AppendOutcome = Object.freeze({ status: 'refused', reason: 'The log is closed.' })
const TOO_LARGE: AppendOutcome = Object.freeze({
  status: 'refused',
  reason: 'The command is larger than a record may be.',
})
const UNANSWERED: AppendOutcome = Object.freeze({
  status: 'unknown',
  reason: 'The brokers did not answer in time.',
})
/** How often deadlines are looked at, in milliseconds. */
const SWEEP_MS = 100
/** Most bytes of one request over all its partitions. */
const MAX_REQUEST_BYTES = 8 * 1024 * 1024
/** After so many attempts in a row without an answer, the watchdog becomes patient. */
const HASTY_ATTEMPTS = 5
const MAX_WATCHDOG_MS = 10_000
/** Longest wait before a batch is sent again, in milliseconds. */
const MAX_RETRY_MS = 500

/**
 * Appends in micro-batches: whatever came while a request was under way goes with the next one. At most one request
 * is outstanding for each partition, and the same batch is retried until it is in, so order survives every fault;
 * a repeat in the log is possible, and dropped by its id (R4).
 */
export class Producer {
  readonly #queue: ProduceQueue
  readonly #busyLeaders = new Set<number | undefined>()
  #pumping = false
  #sweeper: unknown
  #retryTimer: unknown
  #renewedMs = Number.NEGATIVE_INFINITY
  #ended = false
  #closing: PromiseWithResolvers<void> | undefined

  constructor(
    private readonly transport: ProduceTransport,
    private readonly settings: ProducerSettings,
  ) {
    this.#queue = new ProduceQueue(settings)
  }

  /**
   * Outcomes in the order of the records. What finds no room is refused with everything behind it, so that nothing of
   * a channel overtakes it.
   */
  append(records: readonly EncodedRecord[]): Promise<readonly AppendOutcome[]> {
    const deadlineMs = this.#now() + this.settings.appendTimeoutMs
    let full = false
    const outcomes = records.map((record) => {
      const unfit = this.#unfit(record)
      if (unfit !== undefined) return unfit
      const { promise, resolve } = Promise.withResolvers<AppendOutcome>()
      full ||= !this.#queue.push({ record, deadlineMs, settle: resolve, settled: false })
      return full ? this.#refused('Too much waits to be appended.') : promise
    })
    this.#schedule()
    return Promise.all(outcomes)
  }

  /** Takes no more; resolves when everything is settled, at the latest when its time is over. */
  async close(): Promise<void> {
    this.#closing ??= Promise.withResolvers()
    this.#checkClosed()
    await within(
      this.settings.environment,
      this.settings.appendTimeoutMs + SWEEP_MS * 2,
      'settling what was being appended',
      this.#closing.promise,
    ).catch((error: unknown) => this.settings.onTrouble?.('log, closing', error))
    const { clearTimer } = this.settings.environment
    clearTimer(this.#sweeper)
    clearTimer(this.#retryTimer)
    // whatever is left has been answered `unknown`: only its retries end here
    this.#ended = true
    await this.transport.close()
  }

  /** What is refused whatever else waits. */
  #unfit(record: EncodedRecord): AppendOutcome | undefined {
    if (this.#closing !== undefined) return CLOSED
    return record.bytes > this.settings.maxBatchBytes ? TOO_LARGE : undefined
  }

  #refused(reason: string): AppendOutcome {
    return { status: 'refused', reason, retryAfterMs: this.settings.retryAfterMs }
  }

  /** At the end of the turn, so that everything of one turn goes together. */
  #schedule(): void {
    if (this.#pumping || this.#queue.records === 0) return
    this.#pumping = true
    this.settings.environment.nextTurn(() => {
      this.#pumping = false
      this.#pump()
    })
    this.#sweeper ??= this.settings.environment.setTimer(() => this.#sweep(), SWEEP_MS)
  }

  #pump(): void {
    if (this.#ended) return
    const nowMs = this.#now()
    const groups = new Map<number | undefined, { batches: Batch[]; bytes: number }>()
    for (const partition of this.#queue.ready(nowMs)) {
      const alone = this.#queue.alone(partition)
      const leader = this.transport.leaderOf(partition)
      const group = groups.get(leader)
      if (!alone && this.#busyLeaders.has(leader)) continue
      if (!alone && group !== undefined && group.bytes >= MAX_REQUEST_BYTES) continue
      const batch = this.#queue.next(partition, nowMs)
      if (batch === undefined) continue
      if (alone) {
        void this.#attempt([batch])
        continue
      }
      const bytes = batch.entries.reduce((sum, { record }) => sum + record.bytes, 0)
      if (group === undefined) groups.set(leader, { batches: [batch], bytes })
      else {
        group.batches.push(batch)
        group.bytes += bytes
      }
    }
    for (const [leader, { batches }] of groups) {
      this.#busyLeaders.add(leader)
      void this.#attempt(batches).finally(() => {
        this.#busyLeaders.delete(leader)
        this.#schedule()
      })
    }
    this.#armRetry()
  }

  async #attempt(batches: readonly Batch[]): Promise<void> {
    const { environment, watchdogMs, onTrouble } = this.settings
    for (const batch of batches) batch.inFlight = true
    const patience = Math.max(...batches.map(({ failures }) => patienceMs(failures, watchdogMs)))
    try {
      await within(environment, patience, 'an append', this.transport.send(batches))
    } catch (error) {
      onTrouble?.('log, append', error)
      this.#failed(batches, error)
      this.#schedule()
      return
    }
    for (const batch of batches) this.#queue.finish(batch, APPENDED)
    this.#checkClosed()
    this.#schedule()
  }

  #failed(batches: readonly Batch[], error: unknown): void {
    const nowMs = this.#now()
    const failure = appendFailure(error)
    const alone = batches.length === 1
    for (const batch of batches) {
      batch.inFlight = false
      batch.failures += 1
      batch.alone = true
      if (failure === 'unknown') batch.ambiguous = true
      // what was answered to several may be another one's fault, and this one's in: alone it will show
      if (!alone && !(error instanceof NotSent)) batch.ambiguous = true
      if (failure === 'refused' && alone) {
        const refused = this.#refused('The brokers do not take it.')
        this.#queue.finish(batch, batch.ambiguous ? UNANSWERED : refused)
        this.settings.onRefused?.()
        continue
      }
      const random = this.settings.environment.random()
      batch.retryAtMs = nowMs + retryDelayMs(batch.failures, MAX_RETRY_MS, random)
    }
    this.#checkClosed()
    const oldestMs = Math.min(...batches.map(({ firstSentMs }) => firstSentMs))
    if (nowMs - Math.max(this.#renewedMs, oldestMs) >= this.settings.watchdogMs) {
      this.#renewedMs = nowMs
      this.transport.renew()
    }
  }

  #armRetry(): void {
    const { environment } = this.settings
    const next = this.#queue.nextRetryMs()
    environment.clearTimer(this.#retryTimer)
    this.#retryTimer = undefined
    if (next === undefined) return
    const delayMs = Math.max(1, next - this.#now())
    this.#retryTimer = environment.setTimer(() => this.#pump(), delayMs)
  }

  #sweep(): void {
    this.#sweeper = undefined
    this.#queue.expire(this.#now(), this.#refused('The brokers do not answer.'), UNANSWERED)
    this.#checkClosed()
    if (this.#queue.records > 0) {
      this.#sweeper = this.settings.environment.setTimer(() => this.#sweep(), SWEEP_MS)
    }
  }

  #checkClosed(): void {
    if (this.#queue.records === 0) this.#closing?.resolve()
  }

  #now(): number {
    return this.settings.environment.monotonicNow()
  }
}

/** How long an attempt may take: short at first, longer when the brokers are slow rather than away. */
export function patienceMs(failures: number, watchdogMs: number): number {
  const doublings = Math.max(0, failures - HASTY_ATTEMPTS)
  return Math.min(Math.max(MAX_WATCHDOG_MS, watchdogMs), watchdogMs * 2 ** doublings)
}
