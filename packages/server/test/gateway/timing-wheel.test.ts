import { describe, expect, it } from 'vitest'
import { TimingWheel } from '../../src/gateway/timing-wheel.js'
import { createVirtualEnvironment, seededRandom } from '../support/virtual-environment.js'

const createWheel = () => {
  const environment = createVirtualEnvironment()
  const due: { name: string; at: number }[] = []
  const wheel = new TimingWheel<{ name: string; wheelSlot: number }>(environment, (item) =>
    due.push({ name: item.name, at: environment.monotonicNow() }),
  )
  return { environment, wheel, due, item: (name: string) => ({ name, wheelSlot: -1 }) }
}

describe('the timing wheel', () => {
  it('looks at an item when its time has come, at most a tick later', async () => {
    const { environment, wheel, due, item } = createWheel()
    const random = seededRandom(3)
    const planned = new Map<string, number>()
    for (let i = 0; i < 200; i++) {
      await environment.advance(random() * 100)
      const delayMs = random() * 30_000
      planned.set(`${i}`, environment.monotonicNow() + delayMs)
      wheel.schedule(item(`${i}`), delayMs)
    }
    await environment.advance(40_000)
    expect(due).toHaveLength(200)
    for (const { name, at } of due) {
      const late = at - (planned.get(name) ?? 0)
      expect(late).toBeGreaterThanOrEqual(-250)
      expect(late).toBeLessThanOrEqual(500)
    }
  })

  it('has one timer however much it holds, and none when it is empty', async () => {
    const { environment, wheel, item } = createWheel()
    const items = Array.from({ length: 100 }, (_, i) => item(`${i}`))
    for (const one of items) wheel.schedule(one, 5_000)
    expect(environment.timers).toBe(1)
    for (const one of items) wheel.cancel(one)
    expect(environment.timers).toBe(0)
    wheel.schedule(item('later'), 100)
    await environment.advance(1_000)
    expect(environment.timers).toBe(0)
  })

  it('looks early at who waits longer than a turn of the wheel', async () => {
    const { environment, wheel, due, item } = createWheel()
    wheel.schedule(item('far'), 3_600_000)
    await environment.advance(60_000)
    expect(due.map(({ name }) => name)).toEqual(['far'])
  })

  it('moves an item that is scheduled again, and forgets one that is cancelled by another\u2019s turn', async () => {
    const environment = createVirtualEnvironment()
    const looked: string[] = []
    const a = { name: 'a', wheelSlot: -1 }
    const b = { name: 'b', wheelSlot: -1 }
    const wheel = new TimingWheel<typeof a>(environment, (item) => {
      looked.push(item.name)
      if (item === a) wheel.cancel(b)
    })
    wheel.schedule(a, 1_000)
    wheel.schedule(b, 10_000)
    wheel.schedule(b, 1_000)
    await environment.advance(20_000)
    expect(looked).toEqual(['a'])
    expect(environment.timers).toBe(0)
  })

  it('catches up when the loop was held up', async () => {
    const { environment, wheel, due, item } = createWheel()
    let held = 0
    const real = environment.monotonicNow
    environment.monotonicNow = () => real() + held
    for (let i = 1; i <= 20; i++) wheel.schedule(item(`${i}`), i * 1_000)
    held = 60_000
    await environment.advance(300)
    expect(due).toHaveLength(20)
  })
})
