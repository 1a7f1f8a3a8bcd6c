import type { Assignment } from '../ports/command-log.js'
import { IdsKnown, type LoadResult, type StoreBatch, StoreDamaged } from '../ports/message-store.js'
import type { LogRecord } from '../stream/command.js'
import type { Position } from '../stream/position.js'
import { requestOf } from '../stream/request-context.js'
import { SequencerAlarm, UnknownCommand } from './alarm.js'
import { type FoldedBatch, foldBatch } from './batch.js'
import { Commits } from './commits.js'
import { Feeding } from './feeding.js'
import { HeldIds } from './held-ids.js'
import { BatchLoad } from './load.js'
import { AssignmentMark } from './marks.js'
import { AssignmentMemory } from './memory.js'
import type { SequencerOptions } from './options.js'
import { Ended, persist } from './persist.js'
import { type Part, split } from './split.js'
import { tellStored } from './tell.js'
import { Uncommitted } from './uncommitted.js'

export interface AssignmentOptions extends SequencerOptions {
  /** Whether a batch that begins at this offset must be loaded at the store's strongest (R3). */
  readonly confirm: (offset: number) => boolean
  /** Everything below the offset is written. */
  readonly onWritten: (offset: number) => void
}

/**
 * Reads one assignment to its end: load, fold, write, announce, commit (R7). Resolves when it is over; rejects
 * when it must be given up, and with it everything it has learnt (R1). Nothing is read where the store does not know
 * of what is committed (R8).
 */
export async function readAssignment(
  assignment: Assignment,
  options: AssignmentOptions,
): Promise<void> {
  const { marks, feed, environment, commitLagMs = 0 } = options
  const mark = marks && new AssignmentMark(assignment, marks, options)
  const commits = new Commits(assignment, environment, commitLagMs, mark)
  const over = new AbortController()
  const feeding =
    feed &&
    new Feeding(feed, {
      ...options,
      partition: assignment.partition,
      signal: AbortSignal.any([assignment.signal, over.signal]),
      onFed: (offset) => void commits.written(offset),
    })
  const reading = new Reading(assignment, options, commits, feeding)
  try {
    await mark?.compare(options.confirm(assignment.committed))
    await reading.run()
  } catch (error) {
    if (!(error instanceof Ended)) throw error
  } finally {
    over.abort()
    await commits.end()
  }
}

class Reading {
  readonly #memory: AssignmentMemory
  readonly #uncommitted: Uncommitted
  /** The next offset that the log must hand out (R1). */
  #next: number
  #raised = false

  constructor(
    private readonly assignment: Assignment,
    private readonly options: AssignmentOptions,
    private readonly commits: Commits,
    private readonly feeding: Feeding | undefined,
  ) {
    this.#next = assignment.committed
    const { checksUnknown, tellsIdWindows } = options.store
    // a store that looks for ids when it writes need not tell them
    const holdsIds = tellsIdWindows === true && checksUnknown !== true
    this.#memory = new AssignmentMemory(holdsIds ? new HeldIds() : undefined)
    this.#uncommitted = new Uncommitted({
      maxRecords: options.maxUncommittedRecords ?? 100_000,
      maxChars: options.maxUncommittedChars ?? 16 * 1024 * 1024,
    })
  }

  async run(): Promise<void> {
    const { maxBatchRecords = 500 } = this.options
    for (;;) {
      await this.commits.until(this.#uncommitted.room(this.#next, this.commits.committed))
      const records = await this.commits.guard(this.assignment.next(maxBatchRecords))
      if (records.length === 0) return
      this.#follow(records)
      for (const part of split(records)) await this.#process(part)
    }
  }

  /** R1: inside an assignment offsets follow each other without a jump. */
  #follow(records: readonly LogRecord[]): void {
    const { generation, partition } = this.assignment
    for (const { position } of records) {
      const follows =
        position.offset === this.#next &&
        position.partition === partition &&
        position.generation === generation
      if (!follows) {
        throw new Error(
          `The log handed out offset ${position.offset} of partition ${position.partition}, generation ${position.generation}; ${this.#next} of ${partition}, ${generation} follows.`,
        )
      }
      this.#next += 1
    }
  }

  async #process(part: Part): Promise<void> {
    if (part.part === 'unknown') {
      const { position, command } = part.record
      throw new UnknownCommand(position, part.reason, requestOf(command))
    }
    const { records } = part
    const [first] = records
    if (first === undefined) return
    const { offset } = first.position
    if (this.#raised && part.part === 'commands') {
      // what this assignment remembers may be void now: all is read again, as the store knows it (R10)
      await this.commits.until(offset)
      this.#memory.forgetAll()
    }
    this.#raised = part.part === 'raises'
    const folded = await this.#store(records, first.position)
    const end = offset + records.length
    this.#uncommitted.wrote(folded.store, records.length, end)
    tellStored(this.options.steps, records, folded.results)
    this.options.announcer.announce(folded.announcement)
    this.options.onWritten(end)
    this.options.onBatch?.(this.assignment.partition, folded.counts)
    if (this.feeding === undefined) await this.commits.written(end)
    else this.feeding.stored(folded.announcement.channels, end)
  }

  /** Resolves when the batch is stored. */
  async #store(records: readonly LogRecord[], first: Position): Promise<FoldedBatch> {
    const below = { ...first, offset: this.commits.committed }
    this.#memory.forgetBelow(below)
    const confirm = this.options.confirm(first.offset)
    if (confirm) this.#memory.heldIds?.clear()
    const presumed = confirm ? undefined : await this.#presume(records, first, below)
    if (presumed !== undefined) return presumed
    const folded = await this.#fold(records, first, below, confirm)
    await this.#write(folded.store, first)
    return folded
  }

  /** Hardly any id is known: the store is asked for them with the write, if it can be, and not before (R4). */
  async #presume(
    records: readonly LogRecord[],
    first: Position,
    below: Position,
  ): Promise<FoldedBatch | undefined> {
    if (this.options.store.checksUnknown !== true) return undefined
    const load = new BatchLoad(this.#memory, records, below)
    const unknown = load.presume()
    if (unknown === undefined) return undefined
    const saved = this.#memory.save(records.map(({ command }) => command.channelId))
    const folded = foldBatch(this.#memory, load, records)
    try {
      await this.#write({ ...folded.store, unknown }, first)
      return folded
    } catch (error) {
      if (!(error instanceof IdsKnown)) throw error
      this.#memory.undo(saved, first.offset)
      return undefined
    }
  }

  async #fold(
    records: readonly LogRecord[],
    first: Position,
    below: Position,
    confirm: boolean,
  ): Promise<FoldedBatch> {
    const load = new BatchLoad(this.#memory, records, below)
    for (;;) {
      const request = load.request()
      if (request === undefined) return foldBatch(this.#memory, load, records)
      load.install(
        await this.#persist<LoadResult>(first, () =>
          this.options.store.load(confirm ? { ...request, confirm } : request),
        ),
      )
    }
  }

  async #write(batch: StoreBatch, first: Position): Promise<void> {
    // a batch of repeats alone changes nothing
    if (batch.runs.length === 0 && batch.ids.length === 0) return
    await this.#persist(first, () => this.options.store.write(batch))
  }

  async #persist<T>(first: Position, attempt: () => Promise<T>): Promise<T> {
    const { environment, onTrouble } = this.options
    const { signal, partition } = this.assignment
    try {
      return await persist({ environment, onTrouble, signal, partition }, attempt)
    } catch (error) {
      if (!(error instanceof StoreDamaged)) throw error
      throw new SequencerAlarm(undefined, first, error.message, { cause: error })
    }
  }
}
