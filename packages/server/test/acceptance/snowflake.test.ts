import { describe, expect, it } from 'vitest'
import { createSnowflakes, SNOWFLAKE_EPOCH_MS } from '../../src/acceptance/snowflake.js'

function world(startMs = 1_000) {
  let now = SNOWFLAKE_EPOCH_MS + startMs
  let valid = true
  const lease = { node: 5, valid: () => valid, release: async () => undefined }
  return {
    ids: createSnowflakes({ now: () => now }, lease),
    set(ms: number) {
      now = SNOWFLAKE_EPOCH_MS + ms
    },
    end() {
      valid = false
    },
  }
}
const parts = (id: string | undefined) => {
  const bits = BigInt(id ?? -1)
  return {
    ms: Number(bits >> 22n),
    node: Number((bits >> 12n) & 1023n),
    sequence: Number(bits & 4095n),
  }
}

describe('snowflakes', () => {
  it('hold 41 bits of milliseconds, 10 of node and 12 of sequence', () => {
    const { ids } = world()
    expect(parts(ids.next())).toEqual({ ms: 1_000, node: 5, sequence: 0 })
    expect(parts(ids.next())).toEqual({ ms: 1_000, node: 5, sequence: 1 })
  })

  it('stay unique when a millisecond is used up: the time runs ahead', () => {
    const { ids, set } = world()
    const made = new Set(Array.from({ length: 10_000 }, () => ids.next()))
    expect(made.size).toBe(10_000)
    set(1_001)
    expect(made.has(ids.next())).toBe(false)
  })

  it('stay unique when the clock goes back', () => {
    const { ids, set } = world()
    const made = new Set([ids.next()])
    for (const ms of [900, 1, 1_000, 999]) {
      set(ms)
      for (let i = 0; i < 100; i++) made.add(ids.next())
    }
    expect(made.size).toBe(401)
    set(2_000)
    expect(parts(ids.next())).toEqual({ ms: 2_000, node: 5, sequence: 0 })
  })

  it('are not made when the lease of the node may be over', () => {
    const { ids, end } = world()
    end()
    expect(ids.next()).toBeUndefined()
  })
})
