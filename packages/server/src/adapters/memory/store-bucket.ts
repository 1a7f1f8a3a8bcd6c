import { StoreDamaged } from '../../ports/message-store.js'
import type { Effect, EventRow } from '../../stream/event.js'
import { comparePositions, type Position } from '../../stream/position.js'

/**
 * One partition of the store: rows clustered by (number, position), effects by the number of their target and
 * their own position. Nothing is ever replaced: what is written twice is there once (R2, R6).
 */
export class StoreBucket {
  readonly #rows: EventRow[] = []
  readonly #effects = new Map<number, Effect[]>()

  put(rows: readonly EventRow[], effects: readonly Effect[]): void {
    for (const row of rows) this.#putRow(row)
    for (const effect of effects) this.#putEffect(effect)
  }

  /** Every row, ascending by (number, position). */
  get rows(): readonly EventRow[] {
    return this.#rows
  }

  /** The row of a number. Two commands at one number are two rows, and damage (R3). */
  row(channelSeq: number): EventRow | undefined {
    const index = this.#lowest(channelSeq)
    const row = this.#rows[index]
    if (row?.channelSeq !== channelSeq) return undefined
    if (this.#rows[index + 1]?.channelSeq === channelSeq) {
      throw new StoreDamaged(`two rows at number ${channelSeq} of ${row.channelId}`)
    }
    return row
  }

  /** The row with the highest number whose position is below the given one. */
  lastBelow(below: Position): EventRow | undefined {
    for (let i = this.#rows.length - 1; i >= 0; i--) {
      const row = this.#rows[i]
      if (row !== undefined && comparePositions(row.position, below) < 0) return row
    }
    return undefined
  }

  /** Ascending by position. */
  effects(channelSeq: number): readonly Effect[] {
    return this.#effects.get(channelSeq) ?? []
  }

  #putRow(row: EventRow): void {
    let index = this.#lowest(row.channelSeq)
    for (; this.#rows[index]?.channelSeq === row.channelSeq; index++) {
      const order = comparePositions(this.#rows[index]?.position ?? row.position, row.position)
      if (order === 0) return
      if (order > 0) break
    }
    this.#rows.splice(index, 0, row)
  }

  #putEffect(effect: Effect): void {
    const { channelSeq } = effect.target
    const effects = this.#effects.get(channelSeq) ?? []
    this.#effects.set(channelSeq, effects)
    const index = effects.findIndex(
      (other) => comparePositions(other.position, effect.position) >= 0,
    )
    if (index < 0) effects.push(effect)
    else if (comparePositions(effects[index]?.position ?? effect.position, effect.position) !== 0) {
      effects.splice(index, 0, effect)
    }
  }

  /** Where the first row at or above a number stands. */
  #lowest(channelSeq: number): number {
    let low = 0
    let high = this.#rows.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#rows[middle]?.channelSeq ?? 0) < channelSeq) low = middle + 1
      else high = middle
    }
    return low
  }
}
