import { expect, it } from 'vitest'
import { createMemoryUse } from '../../src/adapters/node/memory.js'

it('tells the used part of the memory, looked at once a second', () => {
  let now = 0
  const used = createMemoryUse({ monotonicNow: () => now })
  const first = used()
  expect(first).toBeGreaterThan(0)
  expect(first).toBeLessThan(1)
  const ballast = Array.from({ length: 200_000 }, (_, i) => ({ i }))
  expect(used()).toBe(first)
  now = 1_000
  expect(used()).not.toBe(first)
  expect(ballast).toHaveLength(200_000)
})
