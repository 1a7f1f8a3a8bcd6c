import { describe, expect, it } from 'vitest'
import { createMemoryPresence } from '../../src/adapters/memory/presence.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

describe('what presence in memory keeps', () => {
  it('I7: when somebody was seen is forgotten of those first who have been gone longest', async () => {
    const presence = createMemoryPresence(createVirtualEnvironment(), { maxLastSeen: 2 })
    const here = ['a', 'b', 'c', 'there']
    const note = (userId: string, status: 'online' | 'offline', seenAt: number) =>
      presence.note('p', [{ userId, status, seenAt }])
    for (const [i, userId] of here.entries()) await note(userId, 'online', i + 1)
    await note('a', 'offline', 11)
    await note('b', 'offline', 12)
    await note('a', 'online', 13)
    await note('c', 'offline', 14)
    await note('a', 'offline', 15)

    expect(await presence.read(here)).toEqual([
      { userId: 'a', status: 'offline', lastSeen: 15 },
      { userId: 'b', status: 'offline' },
      { userId: 'c', status: 'offline', lastSeen: 14 },
      { userId: 'there', status: 'online', lastSeen: 4 },
    ])
  })
})
