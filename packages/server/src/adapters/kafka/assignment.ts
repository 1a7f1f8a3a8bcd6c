import type { Assignment } from '../../ports/command-log.js'
import type { LogRecord } from '../../stream/command.js'
import { decodeRecord, type RawRecord } from './record.js'

export interface AssignmentOptions {
  readonly generation: number
  readonly partition: number
  /** Of the whole topic. */
  readonly partitions: number
  readonly committed: number
  readonly maxReadAheadRecords: number
  readonly maxReadAheadBytes: number
  /** Stops and starts fetching. */
  readonly pause: () => void
  readonly resume: () => void
  readonly commit: (assignment: KafkaAssignment, offset: number) => Promise<void>
  /** Nothing behind it is handed out (R10). */
  readonly onSeal: () => void
  /** A record that must not be skipped and cannot be handed out: the assignment is held before it (R11). */
  readonly onForeign: (offset: number, reason: string) => void
  /** The records from this offset on were not handed out by the brokers: the assignment has ended. */
  readonly onJump: (offset: number) => void
}

/** What an assignment says of fetched records. */
export type Offered =
  | 'taken'
  /** Fetched for somebody who had read further, or again: without meaning here. */
  | 'stale'
  /** Offsets are missing in front of them. */
  | 'jump'

/** One ownership of one partition: reads ahead within bounds, and hands out in order, without a jump (R1). */
export class KafkaAssignment implements Assignment {
  readonly generation: number
  readonly partition: number
  readonly committed: number
  readonly #ended = new AbortController()
  #ahead: RawRecord[] = []
  /** Index of the next record to hand out. */
  #from = 0
  #bytes = 0
  /** The offset that must be fetched next. */
  #expected: number
  #paused = false
  /** A seal or a foreign record was met: nothing more will come. */
  #held = false
  #wake: (() => void) | undefined

  constructor(private readonly options: AssignmentOptions) {
    this.generation = options.generation
    this.partition = options.partition
    this.committed = options.committed
    this.#expected = options.committed
  }

  get signal(): AbortSignal {
    return this.#ended.signal
  }

  end(): void {
    if (this.signal.aborted) return
    this.#ended.abort()
    this.#ahead = []
    this.#wake?.()
  }

  /** Takes what was fetched, from the expected offset on. */
  offer(records: readonly RawRecord[]): Offered {
    const first = records[0]?.offset
    const last = records.at(-1)?.offset
    if (first === undefined || last === undefined || last < this.#expected) return 'stale'
    for (const record of records) {
      if (record.offset < this.#expected) continue
      if (record.offset > this.#expected) return this.#jump()
      this.#ahead.push(record)
      this.#bytes += record.value?.length ?? 0
      this.#expected += 1
    }
    const { maxReadAheadBytes, maxReadAheadRecords, pause } = this.options
    if (this.#count >= maxReadAheadRecords || this.#bytes >= maxReadAheadBytes) {
      this.#paused = true
      pause()
    }
    this.#wake?.()
    return 'taken'
  }

  async next(max: number): Promise<readonly LogRecord[]> {
    for (;;) {
      if (this.signal.aborted) return []
      const records = this.#take(max)
      if (records.length > 0) return records
      await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#wake = undefined
    }
  }

  async commit(offset: number): Promise<void> {
    if (this.signal.aborted) throw new Error('The assignment has ended: nothing was committed.')
    if (offset > this.#expected) {
      throw new Error(`Offset ${offset} was not handed out: ${this.#expected} is the next.`)
    }
    await this.options.commit(this, offset)
  }

  #jump(): Offered {
    this.options.onJump(this.#expected)
    this.end()
    return 'jump'
  }

  get #count(): number {
    return this.#ahead.length - this.#from
  }

  #take(max: number): readonly LogRecord[] {
    const { generation, partition, partitions } = this.options
    const taken: LogRecord[] = []
    while (taken.length < max && !this.#held) {
      const raw = this.#ahead[this.#from]
      if (raw === undefined) break
      const { offset, value } = raw
      const decoded = decodeRecord(value, partition, partitions)
      if (decoded.record !== 'command') {
        this.#held = true
        this.options.pause()
        if (decoded.record === 'seal') this.options.onSeal()
        else this.options.onForeign(offset, decoded.reason)
        break
      }
      this.#from += 1
      this.#bytes -= value?.length ?? 0
      taken.push({ position: { generation, partition, offset }, command: decoded.command })
    }
    this.#compact()
    return taken
  }

  #compact(): void {
    if (this.#from === this.#ahead.length || this.#from > 1_000) {
      this.#ahead.splice(0, this.#from)
      this.#from = 0
    }
    const { maxReadAheadBytes, maxReadAheadRecords, resume } = this.options
    const low = this.#count <= maxReadAheadRecords / 2 && this.#bytes <= maxReadAheadBytes / 2
    if (this.#paused && low && !this.#held && !this.signal.aborted) {
      this.#paused = false
      resume()
    }
  }
}
