import type { CommandId } from '../../stream/command.js'
import type {
  ChannelState,
  Effect,
  EventRow,
  IdRow,
  RowKey,
  StateChange,
} from '../../stream/event.js'
import { type IdWindow, idWindowOf, windowName } from '../../stream/id-window.js'
import { comparePositions, type Position } from '../../stream/position.js'
import type { BucketKey, WriteStep } from '../../stream/write-steps.js'
import { StoreBucket } from './store-bucket.js'

type Pointer = Extract<WriteStep, { step: 'pointer' }>

/** Of one channel, everything but its events. */
interface ChannelTables {
  /** Ascending by position. */
  readonly pointers: Pointer[]
  /** Ascending by position. */
  readonly changes: StateChange[]
  state: ChannelState | undefined
}

/**
 * The tables of a store without transactions, and the only ways to change them. Every write stands under its
 * own position, so that its place in time does not matter (I5).
 */
export class StoreTables {
  /** Raised by each opening of a store that writes batches as a whole (R10). */
  ownerGeneration = 0
  readonly #buckets = new Map<string, StoreBucket>()
  readonly #channels = new Map<string, ChannelTables>()
  readonly #ids = new Map<string, IdRow[]>()
  /** The same rows, by the window of their id. */
  readonly #windows = new Map<string, IdRow[][]>()

  /** One atomic write to one partition. */
  apply(step: WriteStep): void {
    switch (step.step) {
      case 'effects':
        this.bucket(step).put([], step.effects)
        return
      case 'rows':
        this.bucket(step).put(step.rows, step.effects)
        return
      case 'pointer':
        insert(this.channel(step.channelId).pointers, step)
        return
      case 'change':
        insert(this.channel(step.channelId).changes, step.change)
        return
      case 'id':
        insert(this.#idRows(step.row.id), step.row)
        return
      case 'state': {
        const tables = this.channel(step.channelId)
        if (isAbove(step.state.position, tables.state?.position)) tables.state = step.state
      }
    }
  }

  bucket({ channelId, epoch, bucket }: BucketKey): StoreBucket {
    return getOrMake(this.#buckets, `${channelId}\n${epoch}\n${bucket}`, () => new StoreBucket())
  }

  channel(channelId: string): ChannelTables {
    return getOrMake(this.#channels, channelId, () => ({
      pointers: [],
      changes: [],
      state: undefined,
    }))
  }

  state(channelId: string): ChannelState | undefined {
    return this.#channels.get(channelId)?.state
  }

  /** Of an id's rows the highest below a position (R4). */
  idBelow(id: CommandId, below: Position): IdRow | undefined {
    return this.#idRows(id).findLast((row) => comparePositions(row.position, below) < 0)
  }

  /** All rows of all ids of a window. */
  idsIn(window: IdWindow): readonly IdRow[] {
    return (this.#windows.get(windowName(window)) ?? []).flat()
  }

  row(key: RowKey): EventRow | undefined {
    return this.bucket(key).row(key.channelSeq)
  }

  effects(key: RowKey): readonly Effect[] {
    return this.bucket(key).effects(key.channelSeq)
  }

  /** The buckets of a channel, the one that began last first: along its pointers, down to the first bucket (R6). */
  *bucketsDown(channelId: string): Generator<BucketKey> {
    for (const { epoch, bucket } of this.channel(channelId).pointers.toReversed()) {
      yield { channelId, epoch, bucket }
    }
    yield { channelId, epoch: 1, bucket: 0 }
  }

  #idRows(id: CommandId): IdRow[] {
    const key = `${id.channelId}\n${id.userId}\n${id.clientMsgId}`
    return getOrMake(this.#ids, key, () => {
      const rows: IdRow[] = []
      const window = idWindowOf(id)
      if (window !== undefined) {
        getOrMake(this.#windows, windowName(window), () => []).push(rows)
      }
      return rows
    })
  }
}

const isAbove = (position: Position, other: Position | undefined): boolean =>
  other === undefined || comparePositions(position, other) > 0

/** Inserts by position; what stands at that position already stays. */
function insert<T extends { readonly position: Position }>(sorted: T[], item: T): void {
  let index = sorted.length
  while (index > 0) {
    const before = sorted[index - 1]
    const order = before === undefined ? -1 : comparePositions(before.position, item.position)
    if (order === 0) return
    if (order < 0) break
    index -= 1
  }
  sorted.splice(index, 0, item)
}

function getOrMake<V>(map: Map<string, V>, key: string, make: () => V): V {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}
