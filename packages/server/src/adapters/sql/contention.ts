import { SqlContention } from './driver.js'

/** Tries of what is rolled back for the sake of others, each time without a trace (I7). */
const TRIES = 4

/** Does again what lost against others; rejects with SqlContention when it has lost every time. */
export async function uncontended<T>(run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await run()
    } catch (error) {
      if (!(error instanceof SqlContention) || tries === TRIES) throw error
    }
  }
}
