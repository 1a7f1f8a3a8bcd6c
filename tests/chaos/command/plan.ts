import type { Fault } from '../faults/fault.js'

/** Numbers in [0, 1) that are the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Each of them once, in an order that chance makes. */
export function shuffled<T>(list: readonly T[], random: () => number): readonly T[] {
  const left = [...list]
  const order: T[] = []
  while (left.length > 0) order.push(...left.splice(Math.floor(random() * left.length), 1))
  return order
}

/**
 * What comes next: all of them in an order that chance makes, and then again in another one, until the time is over.
 * Without a time, each once.
 */
export function plan(
  faults: readonly Fault[],
  random: () => number,
  isOver: (() => boolean) | undefined,
): () => Fault | undefined {
  let left: Fault[] = [...shuffled(faults, random)]
  return () => {
    if (isOver?.() === true) return undefined
    if (left.length === 0 && isOver !== undefined) left = [...shuffled(faults, random)]
    return left.shift()
  }
}
