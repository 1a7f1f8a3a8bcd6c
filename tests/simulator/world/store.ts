import { createMemoryMessageStore } from '../../../packages/server/src/adapters/memory/message-store.js'
import { StoreTables } from '../../../packages/server/src/adapters/memory/store-tables.js'
import { createMemoryStoredMarks } from '../../../packages/server/src/adapters/memory/stored-marks.js'
import {
  type LoadResult,
  type MessageStore,
  type StoreBatch,
  StoreUnavailable,
} from '../../../packages/server/src/ports/message-store.js'
import type { StoredMarks } from '../../../packages/server/src/ports/stored-marks.js'
import type { Position } from '../../../packages/server/src/stream/position.js'
import { type WriteStep, writeSteps } from '../../../packages/server/src/stream/write-steps.js'
import type { Process } from './process.js'
import type { Scheduler } from './scheduler.js'

/** What may happen to the next write that holds events. */
export type WriteFault =
  /** Nothing is written, and the writer is told that the store cannot answer. */
  | { readonly kind: 'store_unavailable' }
  /** All is written, and the writer is told that the store cannot answer. */
  | { readonly kind: 'store_answer_lost' }
  /** So much of its steps is written, as a part of 1; then the store does not answer. */
  | { readonly kind: 'store_torn'; readonly part: number }
  /** It lands that much later; the writer was told that the store cannot answer. */
  | { readonly kind: 'store_late'; readonly delayMs: number }
  /** The writer's process dies before this part of its steps, or behind the last one. */
  | { readonly kind: 'crash_in_write'; readonly part: number }
  /** The writer's process dies, and what it wrote lands that much later. */
  | { readonly kind: 'crash_late'; readonly delayMs: number }

export type ReadFault =
  | { readonly kind: 'read_unavailable' }
  /** A replica that is behind: a row that another one has is not there (R3). */
  | { readonly kind: 'target_missing' }

export interface StoreObserver {
  fault(kind: WriteFault['kind'] | ReadFault['kind']): void
  /** The names of the two steps between which a process died. */
  crashedBetween(before: string, after: string): void
  /** A write was applied as a whole, or the first of its steps were. */
  wrote(steps: readonly WriteStep[]): void
  conflict(): void
  loaded(result: LoadResult, confirm: boolean): void
  /** The process must die now. */
  crash(process: Process): void
}

/** The durable store of a world: it outlives every process, and is never restored but on purpose. */
export class WorldStore {
  tables = new StoreTables()
  /** Every step that was applied, in order: what a backup is made of. */
  readonly #journal: WriteStep[] = []
  readonly #marks = new Map<string, number>()
  /** Every mark that was raised, and how long the journal was. */
  readonly #raises: { readonly at: number; readonly to: Position }[] = []
  readonly #writeFaults: WriteFault[] = []
  readonly #readFaults: ReadFault[] = []
  #opened = 0
  latencyMs = 1

  constructor(
    private readonly scheduler: Scheduler,
    readonly writes: 'steps' | 'whole',
    private readonly observer: StoreObserver,
  ) {}

  failNextWrite(fault: WriteFault): void {
    this.#writeFaults.push(fault)
  }

  failNextRead(fault: ReadFault): void {
    this.#readFaults.push(fault)
  }

  heal(): void {
    this.#writeFaults.length = 0
    this.#readFaults.length = 0
    this.latencyMs = 1
  }

  /** What no sequencer writes: rows from before the world began, and what a restore adds. */
  add(steps: readonly WriteStep[]): void {
    for (const step of steps) {
      this.tables.apply(step)
      this.#journal.push(step)
    }
  }

  /** What the store is made of now. */
  get steps(): readonly WriteStep[] {
    return this.#journal
  }

  /** Names the state of the store as it is now. */
  backup(): number {
    return this.#journal.length
  }

  /** Forgets everything that was written since. */
  restore(backup: number): void {
    const { ownerGeneration } = this.tables
    this.tables = new StoreTables()
    this.tables.ownerGeneration = ownerGeneration
    this.#journal.length = backup
    for (const step of this.#journal) this.tables.apply(step)
    this.#marks.clear()
    const marks = createMemoryStoredMarks(this.#marks)
    for (const { at, to } of this.#raises) if (at <= backup) void marks.raise(to, 0)
  }

  /** What the store knows of how far it goes, as one process sees it. */
  openMarks(process: Process): StoredMarks {
    const inner = createMemoryStoredMarks(this.#marks)
    return {
      read: (place) => process.ask(this.latencyMs, () => inner.read(place)),
      raise: (to, from) =>
        process.ask(this.latencyMs, async () => {
          await inner.raise(to, from)
          this.#raises.push({ at: this.#journal.length, to })
        }),
    }
  }

  /** The store as one process sees it. */
  open(process: Process, generation: number | undefined): MessageStore {
    const { tables, writes } = this
    const inner = createMemoryMessageStore({
      tables,
      writes,
      ...(writes === 'whole' && generation !== undefined && { generation }),
    })
    this.#opened += 1
    // of three processes one asks for every id, as one does that is older or has no room for windows
    const tellsIdWindows = inner.tellsIdWindows === true && this.#opened % 3 !== 0
    const ask = <T>(work: () => Promise<T>): Promise<T> => process.ask(this.latencyMs, work)
    const read = <T>(work: () => Promise<T>): Promise<T> =>
      ask(() => {
        if (this.#readFaults[0]?.kind === 'read_unavailable') {
          this.#readFaults.shift()
          this.observer.fault('read_unavailable')
          throw new StoreUnavailable('The store does not answer.')
        }
        return work()
      })
    return {
      ...(inner.checksUnknown && { checksUnknown: true }),
      ...(tellsIdWindows && { tellsIdWindows }),
      load: (request) =>
        read(async () => {
          const result = this.#behind(await inner.load(request), request.confirm === true)
          this.observer.loaded(result, request.confirm === true)
          return result
        }),
      write: (batch) => this.#write(process, inner, batch),
      heads: (channelIds) => read(() => inner.heads(channelIds)),
      pages: (queries) => read(() => inner.pages(queries)),
      seqAtTime: (channelId, timestampMs) => read(() => inner.seqAtTime(channelId, timestampMs)),
      close: () => inner.close(),
    }
  }

  /** Hides one row from a read that does not ask every replica. */
  #behind(result: LoadResult, confirm: boolean): LoadResult {
    if (confirm || this.#readFaults[0]?.kind !== 'target_missing') return result
    const at = result.targets.findIndex((target) => target !== undefined)
    if (at < 0) return result
    this.#readFaults.shift()
    this.observer.fault('target_missing')
    return {
      ...result,
      targets: result.targets.map((target, i) => (i === at ? undefined : target)),
    }
  }

  async #write(process: Process, inner: MessageStore, batch: StoreBatch): Promise<void> {
    const fault = batch.runs.length > 0 ? this.#writeFaults.shift() : undefined
    if (fault !== undefined) this.observer.fault(fault.kind)
    await process.ask(this.latencyMs, () => this.#writeNow(process, inner, batch, fault))
    // the answer travels as well: a process can die between the write and its answer
    await process.ask(this.latencyMs, () => undefined)
  }

  async #writeNow(
    process: Process,
    inner: MessageStore,
    batch: StoreBatch,
    fault: WriteFault | undefined,
  ): Promise<void> {
    const steps = writeSteps(batch)
    const names = ['load', ...steps.map(({ step }) => step), 'ack']
    switch (fault?.kind) {
      case 'store_unavailable':
        throw new StoreUnavailable('The store does not answer.')
      case 'store_late':
        this.#later(fault.delayMs, inner, batch)
        throw new StoreUnavailable('The store did not answer in time.')
      case 'store_torn':
        await this.#apply(inner, batch, this.#cut(fault.part, steps.length))
        throw new StoreUnavailable('The store did not answer in time.')
      case 'crash_late':
        this.#later(fault.delayMs, inner, batch)
        this.observer.crash(process)
        return
      case 'crash_in_write': {
        const count = this.#cut(fault.part, steps.length)
        await this.#apply(inner, batch, count)
        const isWhole = this.writes === 'whole'
        const before = isWhole ? (count === 0 ? 'load' : 'write') : names[count]
        const after = isWhole ? (count === 0 ? 'write' : 'ack') : names[count + 1]
        this.observer.crashedBetween(before ?? '', after ?? '')
        this.observer.crash(process)
        return
      }
    }
    await this.#apply(inner, batch, steps.length)
    if (fault?.kind === 'store_answer_lost') throw new StoreUnavailable('The answer was lost.')
  }

  /** What was on its way to a store that was replaced meanwhile does not reach the new one. */
  #later(delayMs: number, inner: MessageStore, batch: StoreBatch): void {
    const { tables } = this
    this.scheduler.after(delayMs, () => {
      if (this.tables === tables)
        this.#apply(inner, batch, Number.POSITIVE_INFINITY).catch(() => {})
    })
  }

  /** How many of the steps a part is: all or none where a write is one transaction. */
  #cut(part: number, steps: number): number {
    if (this.writes === 'whole') return part < 0.5 ? 0 : steps
    return Math.round(part * steps)
  }

  /** Applies the first `count` steps, or the whole transaction. */
  async #apply(inner: MessageStore, batch: StoreBatch, count: number): Promise<void> {
    if (count === 0) return
    const { tables } = this
    const steps = writeSteps(batch).slice(0, count)
    if (this.writes === 'steps') {
      for (const step of steps) tables.apply(step)
    } else {
      try {
        await inner.write(batch)
      } catch (error) {
        this.observer.conflict()
        throw error
      }
    }
    this.#journal.push(...steps)
    this.observer.wrote(steps)
  }
}
