import type { Position } from '../stream/position.js'

/**
 * How far each partition of the log is stored, as the store itself knows it: evidence by which a store that has gone
 * back is told from the log, which has not (R8).
 *
 * An adapter
 * - MUST keep marks where the messages are, so that they are lost, and restored, together;
 * - MUST be as durable when `raise` resolves as the messages are when they are written (I1), and show it to every
 *   process that reads afterwards;
 * - MUST keep apart the marks of each partition of each generation;
 * - MUST NOT lower a mark: one that comes late, or again, changes nothing (I5);
 * - MUST reject with StoreGoneBack, having changed nothing, when the mark that is there lies below `from`;
 * - MUST reject with StoreUnavailable when it cannot tell or cannot reach its engine; the same is then raised again.
 */
export interface StoredMarks {
  /** Everything of the partition below this offset is stored, as far as is known; 0: nothing is known. */
  read(place: LogPlace, options?: MarkReadOptions): Promise<number>
  /**
   * Everything below `to` is stored. `from` is a mark that the caller has seen there, or has raised it to: a mark
   * below it was lost, and what was stored with it.
   */
  raise(to: Position, from: number): Promise<void>
}

export type LogPlace = Pick<Position, 'generation' | 'partition'>

export interface MarkReadOptions {
  /** Asks every replica, and rejects with StoreUnavailable while one does not answer (R3). */
  readonly confirm?: boolean
}

/** The store does not know any more what it has known. Nothing was changed. */
export class StoreGoneBack extends Error {
  override readonly name = 'StoreGoneBack'
}
