import type { Hooks } from '../acceptance/hooks.js'

/** Most events that wait for the hook; beyond it the oldest are left out, reported and counted (I7). */
const AFTER_STORED_MAX = 10_000

/** Calls the hook one batch after the other, without holding anybody up. */
export function tellAfterStored(
  hook: NonNullable<Hooks['afterStored']>,
  onError: (error: unknown) => void,
  onSkipped?: (events: number) => void,
): NonNullable<Hooks['afterStored']> {
  const waiting: Parameters<typeof hook>[] = []
  let count = 0
  let running = false

  function take(): Parameters<typeof hook> | undefined {
    const stored = waiting.shift()
    count -= stored?.[0].length ?? 0
    return stored
  }

  async function run(): Promise<void> {
    running = true
    for (let stored = take(); stored !== undefined; stored = take()) {
      try {
        await hook(...stored)
      } catch (error) {
        onError(error)
      }
    }
    running = false
  }

  function makeRoom(events: number): void {
    while (waiting.length > 0 && count + events > AFTER_STORED_MAX) {
      onSkipped?.(take()?.[0].length ?? 0)
      onError(new Error('afterStored is too slow: the oldest events were left out'))
    }
  }

  return (...stored) => {
    const { length } = stored[0]
    makeRoom(length)
    waiting.push(stored)
    count += length
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
