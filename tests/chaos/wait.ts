import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 50

/** Milliseconds of the machine's clock, as all its processes see it. */
export const now = (): number => performance.timeOrigin + performance.now()

/** Rejects in the name of what was waited for when it takes longer. */
export async function by<T>(withinMs: number, what: string, promise: Promise<T>): Promise<T> {
  const ended = new AbortController()
  const late = delay(withinMs, undefined, { signal: ended.signal }).then(() => {
    throw new Error(`Waited ${withinMs / 1_000} s for ${what}.`)
  })
  late.catch(() => undefined)
  try {
    return await Promise.race([promise, late])
  } finally {
    ended.abort()
  }
}

/** Waits for a condition; what it throws means not yet. */
export async function until(
  what: string,
  withinMs: number,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await attempt(holds))) {
    if (performance.now() > deadline) throw new Error(`Waited ${withinMs / 1_000} s for ${what}.`)
    await delay(POLL_MS)
  }
}

async function attempt(holds: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await holds()
  } catch {
    return false
  }
}
