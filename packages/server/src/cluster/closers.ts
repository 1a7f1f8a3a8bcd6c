/** What was opened, to be closed the other way round: also what half a start has opened. */
export interface Closers {
  /** What was still being opened when everything was closed is closed as soon as it is there. */
  add(close: () => Promise<unknown> | unknown): void
  /** Closes everything, whatever fails; rejects with the first failure afterwards. Idempotent. */
  closeAll(): Promise<void>
}

export function createClosers(): Closers {
  const closers: (() => Promise<unknown> | unknown)[] = []
  let isOver = false
  return {
    add(close) {
      if (!isOver) closers.push(close)
      // whoever closed the others was told why, and waits for nothing more
      else void (async () => close())().catch(() => undefined)
    },
    async closeAll() {
      isOver = true
      const failures: unknown[] = []
      for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
        try {
          await close()
        } catch (error) {
          failures.push(error)
        }
      }
      if (failures.length > 0) throw failures[0]
    },
  }
}
