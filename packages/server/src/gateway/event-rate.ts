/** How often something happens, over a window that slides: the window before counts as far as it still lies within. */
export class EventRate {
  private startedAt = Number.NEGATIVE_INFINITY
  private current = 0
  private previous = 0

  constructor(private readonly windowMs: number) {}

  add(now: number): void {
    this.turn(now)
    this.current++
  }

  perSecond(now: number): number {
    this.turn(now)
    const left = 1 - (now - this.startedAt) / this.windowMs
    return (this.current + this.previous * left) / (this.windowMs / 1_000)
  }

  private turn(now: number): void {
    const passed = Math.floor((now - this.startedAt) / this.windowMs)
    if (passed < 1) return
    this.previous = passed === 1 ? this.current : 0
    this.current = 0
    this.startedAt = Number.isFinite(passed) ? this.startedAt + passed * this.windowMs : now
  }
}
