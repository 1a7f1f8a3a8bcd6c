import type { Line } from '../world/line.js'
import type { Violations } from './violation.js'

/** Channels whose members are told heads instead of bodies, on each connection. */
export class PulledHeads {
  /** When the head was told last. */
  readonly #toldAt = new Map<Line, Map<string, number>>()
  readonly counts = { told: 0, live_again: 0 }

  constructor(
    private readonly violations: Violations,
    private readonly nowMs: () => number,
    private readonly headEveryMs: number,
  ) {}

  /** P-35: so many are told it that it must not come often. */
  told(line: Line, channelId: string): void {
    this.counts.told += 1
    const toldAt = this.#toldAt.get(line) ?? new Map<string, number>()
    this.#toldAt.set(line, toldAt)
    const sinceMs = this.nowMs() - (toldAt.get(channelId) ?? Number.NEGATIVE_INFINITY)
    toldAt.set(channelId, this.nowMs())
    if (sinceMs >= this.headEveryMs) return
    const where = `${channelId} to ${line.userId}: after ${sinceMs} ms`
    this.violations.add('I7', 'heads are told more often than they may be', where)
  }

  /** A body came. */
  live(line: Line, channelId: string): void {
    if (this.#toldAt.get(line)?.delete(channelId)) this.counts.live_again += 1
  }

  /** Numbering started anew there, or the channel is not this user's any more. */
  over(line: Line, channelId: string): void {
    this.#toldAt.get(line)?.delete(channelId)
  }

  forget(line: Line): void {
    this.#toldAt.delete(line)
  }
}
