/** A push that was written and is not known to be taken. */
interface Waiting {
  readonly number: number
  readonly bytes: number
  readonly sentAt: number
  /** Undefined once the sender was told that nobody knows. */
  settle: ((error?: Error) => void) | undefined
}

/**
 * What one stream has written and not been told about, in order. A push past its deadline is given up, but its
 * bytes count until it is known to be gone: they may still wait in this process (I7).
 */
export class Outstanding {
  #waiting: Waiting[] = []
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  get size(): number {
    return this.#waiting.length
  }

  add(number: number, bytes: number, sentAt: number, settle: (error?: Error) => void): void {
    this.#waiting.push({ number, bytes, sentAt, settle })
    this.#bytes += bytes
  }

  /** Everything up to `number` was taken, save what failed. */
  taken(number: number, failed: readonly number[]): void {
    let count = 0
    for (const waiting of this.#waiting) {
      if (waiting.number > number) break
      count += 1
      this.#bytes -= waiting.bytes
      waiting.settle?.(
        failed.includes(waiting.number) ? new Error('the process failed to take it') : undefined,
      )
    }
    this.#waiting.splice(0, count)
  }

  /** When the first that is still hoped for was sent. */
  oldestSentAt(): number | undefined {
    return this.#waiting.find((waiting) => waiting.settle !== undefined)?.sentAt
  }

  /** Gives up what was sent by then. */
  giveUp(sentBy: number, error: Error): void {
    for (const waiting of this.#waiting) {
      if (waiting.sentAt > sentBy) return
      waiting.settle?.(error)
      waiting.settle = undefined
    }
  }

  /** Gives up everything: the stream is gone. */
  clear(error: Error): void {
    const waiting = this.#waiting
    this.#waiting = []
    this.#bytes = 0
    for (const { settle } of waiting) settle?.(error)
  }
}
