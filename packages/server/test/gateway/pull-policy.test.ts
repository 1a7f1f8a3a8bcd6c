import { describe, expect, it } from 'vitest'
import { EventRate } from '../../src/gateway/event-rate.js'
import { isToPull, spreadMs } from '../../src/gateway/pull-policy.js'

const BOUNDS = { pullAboveMembers: 50_000, pullAboveEventsPerS: 1_000 }

describe('whether members pull', () => {
  it.each([
    // members, events a second, whether they do now, whether they are to
    [50_000, 0, false, false],
    [50_001, 0, false, true],
    [50_000, 0, true, true],
    [45_001, 0, true, true],
    [45_000, 0, true, false],
    [2, 1_000, false, false],
    [2, 1_001, false, true],
    [2, 501, true, true],
    [2, 500, true, false],
    [45_001, 10, true, true],
    [10, 501, true, true],
  ])('%i members, %i events a second, now %s: %s', (memberCount, eventsPerS, now, then) => {
    expect(isToPull(now, { memberCount, eventsPerS }, BOUNDS)).toBe(then)
  })

  it('0 is never', () => {
    const off = { pullAboveMembers: 0, pullAboveEventsPerS: 0 }
    for (const now of [false, true]) {
      expect(isToPull(now, { memberCount: 1e6, eventsPerS: 1e6 }, off)).toBe(false)
    }
  })

  it('many are spread over the time until the next head, few are not kept waiting', () => {
    expect(spreadMs(5, 1_000)).toBe(5)
    expect(spreadMs(20_000, 1_000)).toBe(1_000)
  })
})

describe('the rate of events', () => {
  it('is that of the last five seconds, whenever they began', () => {
    const rate = new EventRate(5_000)
    expect(rate.perSecond(7)).toBe(0)
    for (let now = 0; now < 20_000; now += 10) {
      rate.add(now)
      if (now >= 10_000) expect(rate.perSecond(now)).toBeCloseTo(100, -1)
    }
    expect(rate.perSecond(22_500)).toBeCloseTo(50, -1)
    expect(rate.perSecond(30_000)).toBe(0)
  })
})
