import { describe, expect, it } from 'vitest'
import { createMemoryNodeLeases } from '../../src/adapters/memory/limits.js'

describe('I2: node numbers in memory', () => {
  it('come again only after all others, so that a clock that went back repeats no id', async () => {
    const leases = createMemoryNodeLeases(1_020)
    const numbers: number[] = []
    for (let i = 0; i < 1_024; i++) {
      const lease = await leases.acquire()
      numbers.push(lease.node)
      await lease.release()
    }
    expect(numbers.slice(0, 6)).toEqual([1_020, 1_021, 1_022, 1_023, 0, 1])
    expect(new Set(numbers).size).toBe(1_024)
    expect((await leases.acquire()).node).toBe(1_020)
  })

  it('are refused when all are held', async () => {
    const leases = createMemoryNodeLeases(7)
    for (let i = 0; i < 1_024; i++) await leases.acquire()
    await expect(leases.acquire()).rejects.toThrow('all 1,024 node numbers are leased')
  })
})
