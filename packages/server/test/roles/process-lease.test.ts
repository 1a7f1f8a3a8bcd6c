import { describe, expect, it } from 'vitest'
import { createMembershipCache } from '../../src/membership/membership-cache.js'
import type { Membership } from '../../src/ports/membership.js'
import { createProcessLease } from '../../src/roles/process-lease.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

const LEASE_MS = 9_000

async function world() {
  const environment = createVirtualEnvironment()
  const engine = { away: false, latencyMs: 0, renewals: 0 }
  const memberships = new Map<string, Membership>()
  let reads = 0
  const lease = createProcessLease({
    environment,
    async renew() {
      engine.renewals += 1
      if (engine.away) throw new Error('away')
      if (engine.latencyMs > 0) {
        await new Promise<void>((resolve) => environment.setTimer(resolve, engine.latencyMs))
      }
      return { leaseMs: LEASE_MS }
    },
    onRegained: () => cache.forgetAll(),
    onError: () => undefined,
  })
  const cache = createMembershipCache(
    {
      async membership(channelId, userId) {
        reads += 1
        return memberships.get(`${channelId} ${userId}`)
      },
      membershipsOf: async () => [],
    },
    { isTold: () => lease.isValid() },
  )
  const join = (userId: string) =>
    memberships.set(`general ${userId}`, {
      channelId: 'general',
      userId,
      workspaceId: 'w',
      role: 'member',
      version: 1,
    })
  await lease.start()
  return { environment, engine, lease, cache, memberships, join, reads: () => reads }
}

describe('the lease of a process', () => {
  it('R13: is renewed long before it ends, and keeps what is kept', async () => {
    const { environment, engine, lease, cache, join, reads } = await world()
    join('ada')
    await cache.get('general', 'ada')
    await environment.advance(60_000)
    expect(lease.isValid()).toBe(true)
    expect(engine.renewals).toBeGreaterThan(15)
    await cache.get('general', 'ada')
    expect(reads()).toBe(1)
    lease.stop()
    expect(environment.timers).toBe(0)
  })

  it('R13: counts from before it was asked for', async () => {
    const { environment, engine, lease } = await world()
    engine.latencyMs = LEASE_MS + 1_000
    await environment.advance(LEASE_MS + 4_500)
    expect(lease.isValid()).toBe(false)
    lease.stop()
  })

  it('I8, R13: once it may be over nothing that was kept is trusted, and afterwards it is read anew', async () => {
    const { environment, engine, lease, cache, memberships, join, reads } = await world()
    join('ada')
    expect(await cache.get('general', 'ada')).toBeDefined()
    engine.away = true
    await environment.advance(LEASE_MS + 1)
    expect(lease.isValid()).toBe(false)
    // removed where nobody could tell this process
    memberships.clear()
    expect(await cache.get('general', 'ada')).toBeUndefined()
    const readsWhileAway = reads()
    await cache.get('general', 'ada')
    expect(reads()).toBe(readsWhileAway + 1)
    engine.away = false
    await environment.advance(1_000)
    expect(lease.isValid()).toBe(true)
    expect(await cache.get('general', 'ada')).toBeUndefined()
    lease.stop()
  })

  it('I8, R13: what was kept before a lease that nobody missed is forgotten too', async () => {
    const { environment, engine, lease, cache, memberships, join } = await world()
    join('ada')
    expect(await cache.get('general', 'ada')).toBeDefined()
    engine.away = true
    await environment.advance(LEASE_MS + 1)
    memberships.clear()
    engine.away = false
    await environment.advance(1_000)
    expect(await cache.get('general', 'ada')).toBeUndefined()
    lease.stop()
  })
})
