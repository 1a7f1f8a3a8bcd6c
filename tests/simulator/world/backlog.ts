import type { Scheduler } from './scheduler.js'

/** What was written to a reader who is too slow to take it, in its order. */
export class Backlog {
  readonly #texts: string[] = []
  #bytes = 0
  /** What came to it at this moment. */
  #added = { atMs: 0, bytes: 0 }
  #bytesPerMs = Number.POSITIVE_INFINITY
  #isDraining = false

  constructor(
    private readonly scheduler: Scheduler,
    private readonly take: (text: string) => void,
  ) {}

  get bytes(): number {
    return this.#bytes
  }

  /** Of these what was written before this moment. */
  get bytesBefore(): number {
    const { atMs, bytes } = this.#added
    return this.#bytes - (atMs === this.scheduler.nowMs ? bytes : 0)
  }

  write(text: string): void {
    if (this.#bytesPerMs === Number.POSITIVE_INFINITY && this.#texts.length === 0) {
      this.take(text)
      return
    }
    const { nowMs } = this.scheduler
    if (this.#added.atMs !== nowMs) this.#added = { atMs: nowMs, bytes: 0 }
    this.#added.bytes += text.length
    this.#texts.push(text)
    this.#bytes += text.length
    this.#drain()
  }

  /** The reader takes only so many bytes, for a while. */
  slow(bytesPerMs: number, ms: number): void {
    this.#bytesPerMs = bytesPerMs
    this.scheduler.after(ms, () => this.heal())
  }

  heal(): void {
    this.#bytesPerMs = Number.POSITIVE_INFINITY
    this.#drain()
  }

  clear(): void {
    this.#texts.length = 0
    this.#bytes = 0
  }

  #drain(): void {
    if (this.#isDraining) return
    if (this.#bytesPerMs === Number.POSITIVE_INFINITY) {
      for (const text of this.#texts.splice(0)) this.take(text)
      this.#bytes = 0
      return
    }
    const [text] = this.#texts
    if (text === undefined) return
    this.#isDraining = true
    this.scheduler.after(text.length / this.#bytesPerMs, () => {
      this.#isDraining = false
      if (this.#texts[0] === text) {
        this.#texts.shift()
        this.#bytes -= text.length
        this.take(text)
      }
      this.#drain()
    })
  }
}
