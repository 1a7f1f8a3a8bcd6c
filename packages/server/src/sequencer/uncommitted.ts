import type { StoreBatch } from '../ports/message-store.js'

export interface UncommittedBounds {
  readonly maxRecords: number
  readonly maxChars: number
}

/** What is kept of each command besides its event, as was measured: its id, its answer, where it stands. */
const CHARS_PER_RECORD = 512

/**
 * What was written and is not committed is kept whole, to win over what is read (R4) and to be fed. While that is too
 * much, be it the commits or the feed that wait, nothing more is read (I7): in the log it is safe.
 */
export class Uncommitted {
  readonly #batches: { readonly end: number; readonly chars: number }[] = []
  #chars = 0

  constructor(private readonly bounds: UncommittedBounds) {}

  /** Everything below `end` is written, the last of it by this batch. */
  wrote({ runs }: StoreBatch, records: number, end: number): void {
    let chars = records * CHARS_PER_RECORD
    for (const { rows } of runs) for (const { json } of rows) chars += json.length
    this.#batches.push({ end, chars })
    this.#chars += chars
  }

  /** The offset below which all must be committed before more is read, `next` being the next to be read. */
  room(next: number, committed: number): number {
    const open = this.#batches.findIndex(({ end }) => end > committed)
    const done = this.#batches.splice(0, open < 0 ? this.#batches.length : open)
    for (const { chars } of done) this.#chars -= chars
    let below = next - this.bounds.maxRecords
    let left = this.#chars
    for (const { end, chars } of this.#batches) {
      if (left <= this.bounds.maxChars) break
      left -= chars
      below = Math.max(below, end)
    }
    return below
  }
}
