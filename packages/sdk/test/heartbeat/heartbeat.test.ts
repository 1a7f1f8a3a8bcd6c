import { describe, expect, it } from 'vitest'
import { startHeartbeat } from '../../src/heartbeat/heartbeat.js'
import { VirtualWorld } from '../../src/testing/virtual-environment.js'

function setUp(answers: boolean) {
  const world = new VirtualWorld()
  const page = world.createEnvironment()
  const pings: number[] = []
  const deaths: number[] = []
  const heartbeat = startHeartbeat(page, {
    intervalMs: 15_000,
    jitterMs: 3_000,
    ping: () => {
      pings.push(world.clock.nowMs)
      if (answers) world.clock.setTimer(() => heartbeat.heard(), 50)
    },
    dead: () => void deaths.push(world.clock.nowMs),
  })
  return { world, page, heartbeat, pings, deaths }
}

describe('the heartbeat', () => {
  it('goes on as long as there are answers', async () => {
    const { world, pings, deaths } = setUp(true)
    await world.advance(600_000)
    expect(pings.length).toBeGreaterThan(30)
    expect(pings.length).toBeLessThan(51)
    expect(deaths).toEqual([])
  })

  it('gives its verdict once, and then holds no timer', async () => {
    const { world, page, deaths } = setUp(false)
    await world.advance(600_000)
    expect(deaths).toHaveLength(1)
    expect(deaths[0]).toBeLessThanOrEqual(30_000)
    expect(page.open().timers).toBe(0)
  })

  it('lives on in a hidden tab whose timers run once a minute', async () => {
    const { world, page, pings, deaths } = setUp(true)
    page.signal('hidden')
    page.timerThrottleMs = 60_000
    await world.advance(600_000)
    expect(pings.length).toBeGreaterThanOrEqual(9)
    expect(deaths).toEqual([])
  })

  it('finds a dead line in such a tab too', async () => {
    const { world, page, deaths } = setUp(false)
    page.timerThrottleMs = 60_000
    await world.advance(600_000)
    expect(deaths).toHaveLength(1)
  })

  it('asks at once when the page is shown, thaws or changes its network, and not when it hides', async () => {
    for (const signal of ['visible', 'online', 'offline', 'resume', 'pageshow'] as const) {
      const { heartbeat, pings } = setUp(true)
      heartbeat.signal(signal)
      expect(pings).toEqual([0])
    }
    for (const signal of ['hidden', 'freeze', 'pagehide'] as const) {
      const { heartbeat, pings } = setUp(true)
      heartbeat.signal(signal)
      expect(pings).toEqual([])
    }
  })

  it('asks again, instead of giving a verdict, when a frozen page wakes', async () => {
    const { world, page, pings, deaths, heartbeat } = setUp(false)
    await world.advance(19_000)
    expect(pings).toHaveLength(1)
    page.freeze()
    await world.advance(3_600_000)
    page.thaw()
    expect(deaths).toEqual([])
    heartbeat.heard()
    await world.advance(1_000)
    expect(deaths).toEqual([])
  })

  it('holds no timer after stop()', () => {
    const { page, heartbeat } = setUp(true)
    heartbeat.stop()
    expect(page.open().timers).toBe(0)
  })
})
