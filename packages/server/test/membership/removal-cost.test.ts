import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryDirectory } from '../../src/adapters/memory/directory.js'
import { createMembershipChanges, type MembershipChanges } from '../../src/membership/changes.js'
import { CONFIRMED_AT_ONCE } from '../../src/membership/confirming.js'
import { createMembershipCache } from '../../src/membership/membership-cache.js'
import type { Head } from '../../src/ports/message-store.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

const CHANNELS = 100
const PROCESSES = ['p1', 'p2', 'p3']

let directory: ReturnType<typeof createMemoryDirectory>
let changes: MembershipChanges
let calls: { living: number; confirmed: string[]; heads: number; running: number; most: number }
let refuses: boolean

beforeEach(async () => {
  directory = createMemoryDirectory(createVirtualEnvironment())
  calls = { living: 0, confirmed: [], heads: 0, running: 0, most: 0 }
  refuses = false
  await directory.upsertWorkspace({ workspaceId: 'w' })
  await directory.setWorkspaceMember({ workspaceId: 'w', userId: 'ada', role: 'admin' })
  await directory.setWorkspaceMember({ workspaceId: 'w', userId: 'bob', role: 'member' })
  for (let i = 0; i < CHANNELS; i++) {
    const channelId = `c${i}`
    await directory.upsertChannel({ channelId, workspaceId: 'w', kind: 'public' })
    await directory.setMember({ channelId, userId: 'bob', role: 'member' })
  }
  changes = createMembershipChanges({
    directory,
    cache: createMembershipCache(directory),
    relay: {
      poke: () => undefined,
      async stored({ entryId }) {
        await directory.outboxDone([entryId])
        return { status: 'accepted', epoch: 1, channelSeq: 2, messageId: 'm', ts: 1 }
      },
    },
    bus: {
      async living() {
        calls.living += 1
        return PROCESSES
      },
      async confirmRemoval(processId, { channelId }) {
        calls.confirmed.push(`${channelId} by ${processId}`)
        calls.running += 1
        calls.most = Math.max(calls.most, calls.running)
        await Promise.resolve()
        calls.running -= 1
        if (refuses) throw new Error('not reached')
      },
    },
    store: {
      async heads(channelIds) {
        calls.heads += 1
        return channelIds.map(() => ({ epoch: 1, headSeq: 2 }) as unknown as Head)
      },
    },
  })
})

const remove = () => changes.removeFromWorkspace('w', 'bob', 'ada')

describe('a removal from a workspace', () => {
  it.each(['asked for the first time', 'asked for again'])(
    'I7: R13: %s is confirmed for every channel by every process, some at a time, who are asked for once',
    async (when) => {
      if (when === 'asked for again') await remove()
      calls = { ...calls, living: 0, confirmed: [], heads: 0, most: 0 }
      await remove()
      expect(new Set(calls.confirmed).size).toBe(CHANNELS * PROCESSES.length)
      expect(calls.confirmed).toHaveLength(CHANNELS * PROCESSES.length)
      expect(calls.most).toBe(CONFIRMED_AT_ONCE * PROCESSES.length)
      expect(calls.living).toBe(1)
      expect(calls.heads).toBe(when === 'asked for again' ? 1 : 0)
    },
  )

  it('I7: begins no more where one could not be confirmed, and may be asked for again', async () => {
    refuses = true
    await expect(remove()).rejects.toMatchObject({ code: 'unavailable' })
    expect(calls.confirmed).toHaveLength(CONFIRMED_AT_ONCE * PROCESSES.length)
    refuses = false
    calls.confirmed = []
    await remove()
    expect(calls.confirmed).toHaveLength(CHANNELS * PROCESSES.length)
  })
})
