import { setTimeout as delay } from 'node:timers/promises'

/** Resolves when the condition holds; rejects with what it was waiting for. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 45_000,
): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms until ${what}`)
    await delay(20)
  }
}
