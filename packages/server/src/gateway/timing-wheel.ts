import type { ServerEnvironment } from '../ports/environment.js'

/** What a wheel holds: it notes the slot in the item itself. */
export interface Wheeled {
  /** The slot; -1 when it is in none. */
  wheelSlot: number
}

const SLOTS = 128

/**
 * One timer for all connections. An item lies in the slot of the tick at which it is looked at next; who has
 * longer to wait than a turn of the wheel is looked at early and put back. While it is empty no timer runs.
 */
export class TimingWheel<T extends Wheeled> {
  private readonly slots: Set<T>[] = Array.from({ length: SLOTS }, () => new Set<T>())
  private size = 0
  private timer: unknown
  private tick = 0

  constructor(
    private readonly environment: ServerEnvironment,
    private readonly due: (item: T) => void,
    private readonly tickMs = 250,
  ) {}

  /** Looks at the item in `delayMs`, or up to one tick later, instead of when it was planned before. */
  schedule(item: T, delayMs: number): void {
    this.cancel(item)
    if (this.size === 0) this.tick = this.now()
    const ticks = Math.ceil(delayMs / this.tickMs)
    item.wheelSlot = (this.tick + Math.min(Math.max(1, ticks), SLOTS - 1)) % SLOTS
    this.slots[item.wheelSlot]?.add(item)
    this.size++
    if (this.timer === undefined) this.arm()
  }

  cancel(item: T): void {
    if (item.wheelSlot < 0) return
    this.slots[item.wheelSlot]?.delete(item)
    item.wheelSlot = -1
    if (--this.size === 0 && this.timer !== undefined) {
      this.environment.clearTimer(this.timer)
      this.timer = undefined
    }
  }

  private now(): number {
    return Math.floor(this.environment.monotonicNow() / this.tickMs)
  }

  private arm(): void {
    const untilMs = (this.tick + 1) * this.tickMs - this.environment.monotonicNow()
    this.timer = this.environment.setTimer(() => this.turn(), Math.max(0, untilMs))
  }

  private turn(): void {
    this.timer = undefined
    const now = this.now()
    // a loop that was held up goes through every slot that it missed, but through none twice
    const last = Math.min(now, this.tick + SLOTS)
    while (this.tick < last) this.empty(++this.tick % SLOTS)
    this.tick = Math.max(now, this.tick)
    if (this.size > 0 && this.timer === undefined) this.arm()
  }

  private empty(slot: number): void {
    const items = this.slots[slot]
    if (items === undefined || items.size === 0) return
    this.slots[slot] = new Set()
    for (const item of items) {
      // what is done about one item may have cancelled or moved another
      if (item.wheelSlot !== slot) continue
      item.wheelSlot = -1
      this.size--
      this.due(item)
    }
  }
}
