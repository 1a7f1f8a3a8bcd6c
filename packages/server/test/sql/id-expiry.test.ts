import { LIMITS } from '@tidings/protocol'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { expireSlice, startIdExpiry } from '../../src/adapters/sql/id-expiry.js'
import { createSqlMessageStore } from '../../src/adapters/sql/message-store.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { sharedDataDir } from './data-dir.js'

const DAY_MS = 24 * 60 * 60 * 1000
const dataDir = sharedDataDir()
afterEach(() => dataDir.clear())
afterAll(() => dataDir.remove())

/** Ids of commands that were accepted one a millisecond, from 1,000 on. */
async function written(count: number) {
  const { driver } = await dataDir.open()
  const store = createSqlMessageStore(driver)
  const stream = new StreamBuilder('c')
  for (let i = 0; i < count; i++) stream.say(`${i}`)
  await store.write(stream.batch())
  const ids = Array.from({ length: count }, (_, i) => stream.idRow(i).id)
  const known = async () => {
    const loaded = await store.load({ below: stream.at(count), channels: [], ids, targets: [] })
    return loaded.ids.flatMap((row, i) => (row === undefined ? [] : [i]))
  }
  return { driver, known }
}

describe('ids', () => {
  it('R4: are kept a day longer than repeats are recognised, and then go', async () => {
    const { driver, known } = await written(10)
    await expireSlice(driver, 1_000 + LIMITS.idempotencyWindowMs + DAY_MS)
    expect(await known()).toHaveLength(10)
    await expireSlice(driver, 1_004 + LIMITS.idempotencyWindowMs + DAY_MS)
    expect(await known()).toEqual([4, 5, 6, 7, 8, 9])
  })

  it('R4: go a slice at a time, until all were looked at', async () => {
    const { driver, known } = await written(2_500)
    const now = 2_000 + LIMITS.idempotencyWindowMs + DAY_MS
    let slices = 0
    let after: Awaited<ReturnType<typeof expireSlice>>
    do {
      after = await expireSlice(driver, now, after)
      slices += 1
    } while (after !== undefined)
    expect(slices).toBe(3)
    expect(await known()).toHaveLength(1_500)
  })

  it('leave no timer behind when their store is closed', async () => {
    const { driver } = await dataDir.open()
    const timers = new Set<number>()
    let timer = 0
    const expiry = startIdExpiry(driver, {
      now: () => 0,
      setTimer: () => {
        timer += 1
        timers.add(timer)
        return timer
      },
      clearTimer: (handle) => void timers.delete(handle as number),
    })
    expect(timers.size).toBe(1)
    expiry.stop()
    expect(timers.size).toBe(0)
  })
})
