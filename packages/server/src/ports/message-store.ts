import type { ChannelEvent } from '@tidings/protocol'
import type { CommandId } from '../stream/command.js'
import type { ChannelState, Effect, EventRow, IdRow, RowKey, StateChange } from '../stream/event.js'
import type { IdWindow } from '../stream/id-window.js'
import type { Position } from '../stream/position.js'

/**
 * Where numbered events lie, for good.
 *
 * An adapter
 * - MUST be durable when `write` resolves, so that nothing acknowledged is lost with one process or node (I1);
 * - MUST NOT ever hold number n+1 of a channel without n (I4): one transaction, or runs in the order given;
 * - MUST apply every row and effect under its own position, so that a late or repeated write changes nothing
 *   that a higher position wrote (I5), and a torn write followed by the same write whole leaves exactly it (R2);
 * - MUST NOT remove rows: a delete is an effect (R6);
 * - MUST keep the rows of an id side by side, by position: a later one hides an earlier one only from commands
 *   above it (R4), and a command that is folded again finds what it found the first time (R2);
 * - MUST NOT let the expiry of an id decide anything before window + retention + margin (R4);
 * - MUST, when it `tellsIdWindows`, tell every row of a window or say that it does not, whatever their positions: who
 *   holds a window takes what is not in it for unknown (R4);
 * - MUST reject with StoreConflict, having changed nothing, when another generation owns the store or a
 *   channel's stored position is not `expected`;
 * - MUST reject with IdsKnown, having changed nothing, when it `checksUnknown` and has a row of an `unknown` id
 *   below the position (R4);
 * - MUST reject with StoreUnavailable when it cannot tell or cannot reach its engine; the same batch is then
 *   written again, identical;
 * - MUST read the head before the rows of a page and state it (`asOf`, R14), and serve content as of the read (R9);
 * - MUST NOT block the event loop with disk I/O.
 */
export interface MessageStore {
  /** Set by a store that looks for `unknown` ids when it writes, in the same transaction: they need not be loaded. */
  readonly checksUnknown?: true
  /** Set by a store that tells a window of ids in one go: an assignment that has learnt one asks for no id of it. */
  readonly tellsIdWindows?: true
  /** All that the fold of a batch needs, in one crossing (R2, R4, R5). */
  load(request: LoadRequest): Promise<LoadResult>
  write(batch: StoreBatch): Promise<void>
  /** Answers in the order asked; undefined for a channel without events. */
  heads(channelIds: readonly string[]): Promise<readonly (Head | undefined)[]>
  pages(queries: readonly PageQuery[]): Promise<readonly Page[]>
  /** The lowest number whose event was accepted at or after the time; head + 1 when there is none. Times are near enough ascending. */
  seqAtTime(channelId: string, timestampMs: number): Promise<number>
  close(): Promise<void>
}

export interface LoadRequest {
  /**
   * States, ids and effects at or above it do not count (R2, R4): the first position of the assignment that is
   * not committed. What was folded since is in the caller's memory.
   */
  readonly below: Position
  /** Asks every replica, and rejects with StoreUnavailable while one does not answer (R3). */
  readonly confirm?: boolean
  readonly channels: readonly string[]
  readonly ids: readonly CommandId[]
  /** Only of a store that `tellsIdWindows`. */
  readonly windows?: readonly IdWindow[]
  readonly targets: readonly TargetQuery[]
}
export interface TargetQuery {
  readonly key: RowKey
  /** Asks also whether this reaction is there. */
  readonly reaction?: { readonly emoji: string; readonly userId: string }
}

export interface LoadResult {
  /** In the order asked. */
  readonly channels: readonly LoadedChannel[]
  /** In the order asked: of an id's rows the highest below the position; undefined where there is none. */
  readonly ids: readonly (IdRow | undefined)[]
  /**
   * In the order asked: all rows of all ids of the window, also those at or above the position; undefined for a window
   * that holds too many to be told (I7): its ids are asked for one by one.
   */
  readonly windows?: readonly (readonly IdRow[] | undefined)[]
  readonly targets: readonly (TargetState | undefined)[]
}
export interface LoadedChannel {
  /** As `stateBelow` tells it from the rows and changes below; undefined for a channel without any. */
  readonly state: ChannelState | undefined
  /** The highest position of the channel's rows and changes as it is stored now: `expected` of the next write. */
  readonly stored: Position | undefined
  /** Rows at or above: kept only to compare (R3). */
  readonly above: readonly {
    readonly epoch: number
    readonly channelSeq: number
    readonly position: Position
  }[]
}
/** A stored row, wherever its position lies. Effects that are void in the state's epochs (`counts`) are left out. */
export interface TargetState {
  /** Empty for an event that is not a message. */
  readonly messageId: string
  readonly userId: string
  readonly messageCount: number
  /** Position of the accepted delete, wherever it lies; the fold ignores one above its own command (R5). */
  readonly deletedAt: Position | undefined
  /** Of the asked reaction: as of the last change below. */
  readonly reactionPresent: boolean
}

export interface StoreBatch {
  readonly generation: number
  readonly partition: number
  /** Effects on rows of other buckets go first, then rows with the effects of their bucket, then ids, then states (R6, R7). */
  readonly runs: readonly ChannelRun[]
  readonly ids: readonly IdRow[]
  /** What the fold has taken for unknown without having asked; only for a store that `checksUnknown` (R4). */
  readonly unknown?: UnknownIds
}
export interface UnknownIds {
  readonly below: Position
  readonly ids: readonly CommandId[]
}
export interface ChannelRun {
  readonly channelId: string
  /** Undefined: the channel must have no row yet. Only a store that writes a batch as a whole checks it. */
  readonly expected: Position | undefined
  /** Ascending by number; may be empty when only the state changed. */
  readonly rows: readonly EventRow[]
  readonly effects: readonly Effect[]
  /** Ascending by position. */
  readonly changes: readonly StateChange[]
  /** After the run. */
  readonly state: ChannelState
}

export type Head = ChannelState & { readonly channelId: string }

export interface PageQuery {
  readonly channelId: string
  /** Exclusive bounds in the newest epoch's numbering; left out: open. */
  readonly afterSeq?: number
  readonly beforeSeq?: number
  readonly direction: 'forward' | 'backward'
  readonly onlyMessages?: boolean
  /** Most events; with `onlyMessages`, most messages. */
  readonly limit: number
}
export interface Page {
  /** The head as it was read before the rows; undefined: no such channel, no rows. */
  readonly asOf: Head | undefined
  /** Ascending by number. Messages carry today's content, `rev` and reactions; an event of an older epoch names it. */
  readonly events: readonly ChannelEvent[]
  /** What was covered, inclusive; empty when `fromSeq > toSeq`. */
  readonly fromSeq: number
  readonly toSeq: number
  /** True if the asked range goes on in the asked direction. */
  readonly hasMore: boolean
}

/** Another owner wrote: drop the states and load again (R6). Nothing was changed. */
export class StoreConflict extends Error {
  override readonly name = 'StoreConflict'
}
/** An id that was taken for unknown is known: load the ids and fold again (R4). Nothing was changed. */
export class IdsKnown extends Error {
  override readonly name = 'IdsKnown'
}
/**
 * The store holds what no log can have produced, such as two rows at one number, or what it cannot read or take in,
 * however often it is tried (R3).
 */
export class StoreDamaged extends Error {
  override readonly name = 'StoreDamaged'
}
/** The store cannot answer now, or nobody knows whether it wrote: write the same again (R2). */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}
