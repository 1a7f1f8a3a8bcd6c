import {
  type ChannelRun,
  IdsKnown,
  type MessageStore,
  type StoreBatch,
  StoreConflict,
  StoreUnavailable,
} from '../../ports/message-store.js'
import { type WriteStep, writeSteps } from '../../stream/write-steps.js'
import { loadFrom } from './store-load.js'
import { pageFrom, seqAt } from './store-pages.js'
import { StoreTables } from './store-tables.js'

export interface MemoryMessageStoreOptions {
  /** Shared by several stores, they are one store seen by several processes. @default empty tables */
  readonly tables?: StoreTables
  /**
   * `steps`: like a store without transactions, one single-partition write after the other (R6). `whole`: like
   * SQL, a batch is one transaction that first checks generation and expected positions. @default 'steps'
   */
  readonly writes?: 'steps' | 'whole'
  /** Of the log that this store's owner reads; only `whole` writes check it. @default not checked */
  readonly generation?: number
  /**
   * Called for each step instead of applying it: may apply it now, later, twice or never, and may reject as the
   * store would. With `whole` writes it is not called. @default applies it now
   */
  readonly onStep?: (step: WriteStep, apply: () => void) => void | Promise<void>
}

/** A message store in this process: nothing of it outlives the process, so only for tests and simulations. */
export function createMemoryMessageStore(options: MemoryMessageStoreOptions = {}): MessageStore {
  const { tables = new StoreTables(), writes = 'steps', generation, onStep } = options
  if (generation !== undefined) {
    tables.ownerGeneration = Math.max(tables.ownerGeneration, generation)
  }
  let closed = false

  async function answer<T>(read: () => T): Promise<T> {
    if (closed) throw new StoreUnavailable('The store is closed.')
    return read()
  }

  async function write(batch: StoreBatch): Promise<void> {
    if (closed) throw new StoreUnavailable('The store is closed.')
    if (writes === 'whole') return writeWhole(tables, batch, generation)
    for (const step of writeSteps(batch)) {
      if (onStep === undefined) tables.apply(step)
      else await onStep(step, () => tables.apply(step))
    }
  }

  return {
    ...(writes === 'whole' ? { checksUnknown: true } : { tellsIdWindows: true }),
    load: (request) => answer(() => loadFrom(tables, request)),
    write,
    heads: (channelIds) =>
      answer(() =>
        channelIds.map((channelId) => {
          const state = tables.state(channelId)
          return state && { ...state, channelId }
        }),
      ),
    pages: (queries) => answer(() => queries.map((query) => pageFrom(tables, query))),
    seqAtTime: (channelId, timestampMs) => answer(() => seqAt(tables, channelId, timestampMs)),
    async close() {
      closed = true
    },
  }
}

/**
 * R6 on a store with transactions: all of a batch, or nothing: a StoreConflict when the caller has loaded something
 * else than what is stored now, IdsKnown when it took a known id for unknown.
 */
export function writeWhole(
  tables: StoreTables,
  batch: StoreBatch,
  generation: number | undefined,
): void {
  if (generation !== undefined && batch.generation !== tables.ownerGeneration) {
    throw new StoreConflict(
      `Generation ${tables.ownerGeneration} owns the store, the batch is of ${batch.generation}.`,
    )
  }
  for (const run of batch.runs) {
    if (!isExpected(tables, run)) {
      throw new StoreConflict(`Channel ${run.channelId} was written by another owner.`)
    }
  }
  const { below, ids = [] } = batch.unknown ?? {}
  if (below !== undefined && ids.some((id) => tables.idBelow(id, below) !== undefined)) {
    throw new IdsKnown('An id that was taken for unknown is known.')
  }
  for (const step of writeSteps(batch)) tables.apply(step)
}

function isExpected(tables: StoreTables, { channelId, expected }: ChannelRun): boolean {
  const stored = tables.state(channelId)?.position
  return stored?.generation === expected?.generation && stored?.offset === expected?.offset
}
