import { setTimeout as rest } from 'node:timers/promises'

export { rest }

const POLL_MS = 20

/** Resolves when the condition holds; rejects with what was waited for when that takes too long. */
export async function until(
  what: string,
  timeoutMs: number,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s for ${what}`)
    await rest(POLL_MS)
  }
}
