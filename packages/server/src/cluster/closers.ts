/** What was opened, to be closed the other way round: also what half a start has opened. */
export interface Closers {
  add(close: () => Promise<unknown> | unknown): void
  /** Closes everything, whatever fails; rejects with the first failure afterwards. Idempotent. */
  closeAll(): Promise<void>
}

export function createClosers(): Closers {
  const closers: (() => Promise<unknown> | unknown)[] = []
  return {
    add: (close) => void closers.push(close),
    async closeAll() {
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
