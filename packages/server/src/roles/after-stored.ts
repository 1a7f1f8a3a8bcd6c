import type { Hooks } from '../acceptance/hooks.js'

/** Most batches of events that wait for the hook; beyond it the oldest are left out and reported (I7). */
const AFTER_STORED_MAX = 10_000

/** Calls the hook one batch after the other, without holding anybody up. */
export function tellAfterStored(
  hook: NonNullable<Hooks['afterStored']>,
  onError: (error: unknown) => void,
): NonNullable<Hooks['afterStored']> {
  const waiting: Parameters<typeof hook>[] = []
  let running = false
  async function run(): Promise<void> {
    running = true
    for (let stored = waiting.shift(); stored !== undefined; stored = waiting.shift()) {
      try {
        await hook(...stored)
      } catch (error) {
        onError(error)
      }
    }
    running = false
  }
  return (...stored) => {
    if (waiting.length >= AFTER_STORED_MAX) {
      waiting.shift()
      onError(new Error('afterStored is too slow: the oldest events were left out'))
    }
    waiting.push(stored)
    if (!running) void run()
  }
}

type AfterStored = NonNullable<Hooks['afterStored']>

/** One listener for all that there are; undefined where there is none. */
export function afterAll(
  ...listeners: readonly (AfterStored | undefined)[]
): AfterStored | undefined {
  const given = listeners.filter((listener) => listener !== undefined)
  if (given.length < 2) return given[0]
  return (events, requests) => {
    for (const listener of given) void listener(events, requests)
  }
}
