import { describe, expect, it } from 'vitest'
import { createMembershipCache } from '../../src/membership/membership-cache.js'
import type { Membership } from '../../src/ports/membership.js'

const member = (version: number): Membership => ({
  channelId: 'c',
  userId: 'ada',
  workspaceId: 'w',
  role: 'member',
  version,
})

/** A directory whose reads end when the test says so, with what it held when they began or ended. */
function world(initial: Membership | undefined) {
  const state = { current: initial, reads: 0 }
  const open: (() => void)[] = []
  const cache = createMembershipCache(
    {
      membership: () => {
        state.reads++
        const seen = state.current
        return new Promise((resolve) => open.push(() => resolve(seen)))
      },
      membershipsOf: async () => (state.current === undefined ? [] : [state.current]),
    },
    { maxEntries: 2 },
  )
  return { state, cache, finish: () => open.splice(0).forEach((end) => void end()) }
}

describe('the cache of memberships', () => {
  it('reads a membership once, however many ask', async () => {
    const { cache, state, finish } = world(member(1))
    const both = Promise.all([cache.get('c', 'ada'), cache.get('c', 'ada')])
    finish()
    expect(await both).toEqual([member(1), member(1)])
    expect(await cache.get('c', 'ada')).toEqual(member(1))
    expect(state.reads).toBe(1)
  })

  it('I8: answers nothing older than an invalidation that a read overlapped', async () => {
    const { cache, state, finish } = world(member(1))
    const asked = cache.get('c', 'ada')
    state.current = undefined
    await cache.invalidate([{ channelId: 'c', userId: 'ada', version: 2 }])
    finish()
    await Promise.resolve()
    await Promise.resolve()
    finish()
    expect(await asked).toBeUndefined()
    expect(await cache.get('c', 'ada')).toBeUndefined()
  })

  it('I8: forgets at once what was cached, and tells who listens', async () => {
    const { cache, state, finish } = world(member(1))
    const first = cache.get('c', 'ada')
    finish()
    await first
    const heard: unknown[] = []
    const stop = cache.onChange((change) => heard.push(change))
    state.current = undefined
    await cache.invalidate([{ channelId: 'c', userId: 'ada', version: 2 }])
    const second = cache.get('c', 'ada')
    finish()
    expect(await second).toBeUndefined()
    expect(heard).toHaveLength(1)
    stop()
    await cache.invalidate([{ channelId: 'c', userId: 'ada', version: 3 }])
    expect(heard).toHaveLength(1)
  })

  it('I7: keeps no more than its bound', async () => {
    const { cache, state, finish } = world(undefined)
    for (const userId of ['a', 'b', 'c', 'a']) {
      const asked = cache.get('c', userId)
      finish()
      await asked
    }
    expect(state.reads).toBe(4)
  })
})
