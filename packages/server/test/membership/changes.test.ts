import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryDirectory } from '../../src/adapters/memory/directory.js'
import { createMembershipChanges, type MembershipChanges } from '../../src/membership/changes.js'
import { createMembershipCache } from '../../src/membership/membership-cache.js'
import type { OutboxEntry } from '../../src/ports/directory.js'
import type { MembershipChange } from '../../src/ports/membership.js'
import type { Head } from '../../src/ports/message-store.js'
import type { Removal } from '../../src/ports/push.js'
import type { CommandResult } from '../../src/stream/command.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

const environment = createVirtualEnvironment()
const bob = { channelId: 'general', userId: 'bob' }
const kick = { ...bob, reason: 'kicked', by: 'ada' } as const
const ban = { ...bob, reason: 'banned', by: 'ada' } as const
const head = 9

let directory: ReturnType<typeof createMemoryDirectory>
let changes: MembershipChanges
let confirmed: Removal[]
let invalidated: MembershipChange[]
/** What the stream holds; what waits for it. */
let seqs: Map<number, number>
let waiting: Map<number, PromiseWithResolvers<CommandResult>>
let failsOnce: 'telling who lives' | 'dropping what is kept' | undefined

const fails = (what: typeof failsOnce) => {
  if (failsOnce !== what) return
  failsOnce = undefined
  throw new Error(`${what} failed`)
}
const resultAt = (channelSeq: number): CommandResult => ({
  status: 'accepted',
  epoch: 1,
  channelSeq,
  messageId: 'm',
  ts: 1,
})

beforeEach(async () => {
  directory = createMemoryDirectory(environment)
  confirmed = []
  invalidated = []
  seqs = new Map()
  waiting = new Map()
  failsOnce = undefined
  await directory.upsertWorkspace({ workspaceId: 'w' })
  for (const userId of ['ada', 'bob']) {
    await directory.setWorkspaceMember({ workspaceId: 'w', userId, role: 'admin' })
  }
  await directory.upsertChannel({
    channelId: 'general',
    workspaceId: 'w',
    kind: 'public',
    ownerId: 'ada',
  })
  await directory.setMember({ ...bob, role: 'member' })
  const local = createMembershipCache(directory)
  changes = createMembershipChanges({
    directory,
    cache: {
      ...local,
      async invalidate(given) {
        fails('dropping what is kept')
        invalidated.push(...given)
        await local.invalidate(given)
      },
    },
    relay: {
      poke: () => undefined,
      async stored({ entryId }) {
        const seq = seqs.get(entryId)
        if (seq !== undefined) return resultAt(seq)
        const waiter = waiting.get(entryId) ?? Promise.withResolvers<CommandResult>()
        waiting.set(entryId, waiter)
        return waiter.promise
      },
    },
    bus: {
      async living() {
        fails('telling who lives')
        return ['p1']
      },
      async confirmRemoval(_, removal) {
        confirmed.push(removal)
      },
    },
    store: {
      heads: async (channelIds) =>
        channelIds.map(() => ({ epoch: 1, headSeq: head }) as unknown as Head),
    },
  })
})

/** The leaving gets its number, as the relay brings it. */
async function bring(): Promise<OutboxEntry> {
  const entries = await directory.outbox('general', 10)
  const entry = entries.find(({ payload }) => payload.kind === 'member.leave')
  if (entry === undefined) throw new Error('nobody leaves')
  await directory.outboxDone([entry.entryId])
  seqs.set(entry.entryId, 7)
  waiting.get(entry.entryId)?.resolve(resultAt(7))
  return entry
}

/** Whether it has been answered by now. */
function watched(work: Promise<void>) {
  const state = { answered: false, done: work }
  void work.then(() => {
    state.answered = true
  })
  return state
}

describe('a removal that is asked for while another is under way', () => {
  it.each([
    ['a ban, banned again', ban, () => changes.remove(ban)],
    ['a kick, kicked again', kick, () => changes.remove(kick)],
    ['a kick, then banned', kick, () => changes.remove(ban)],
    ['a ban, then kicked', ban, () => changes.remove(kick)],
    [
      'a kick, then removed from the workspace',
      kick,
      () => changes.removeFromWorkspace('w', 'bob'),
    ],
  ])('R13: I8: is answered no sooner: %s', async (_, first, again) => {
    const both = [watched(changes.remove(first)), watched(again())]
    await environment.settle()
    expect(both.map(({ answered }) => answered)).toEqual([false, false])
    expect(confirmed).toEqual([])
    await bring()
    await Promise.all(both.map(({ done }) => done))
    const removal = { ...bob, epoch: 1, seq: 7, reason: first.reason }
    expect(confirmed).toEqual([removal, removal])
  })

  it('R13: I8: a second removal from the workspace too', async () => {
    const both = [1, 2].map(() => watched(changes.removeFromWorkspace('w', 'bob', 'ada')))
    await environment.settle()
    expect(both.map(({ answered }) => answered)).toEqual([false, false])
    await bring()
    await Promise.all(both.map(({ done }) => done))
    expect(confirmed).toHaveLength(2)
  })
})

describe('a removal that could not be confirmed', () => {
  it.each([
    ['kicked', () => changes.remove(kick)],
    ['banned', () => changes.remove(ban)],
    ['removed from the workspace', () => changes.removeFromWorkspace('w', 'bob', 'ada')],
  ])(
    'R13: I8: is confirmed when it is asked for again, at the head of the stream: %s',
    async (_, remove) => {
      for (const what of ['dropping what is kept', 'telling who lives'] as const) {
        failsOnce = what
        const failed = remove().catch((error: unknown) => error)
        await environment.settle()
        if (what === 'dropping what is kept') await bring()
        expect(await failed).toBeInstanceOf(Error)
        expect(confirmed).toEqual([])
        invalidated = []
      }
      await remove()
      expect(invalidated).toMatchObject([bob])
      expect(confirmed).toEqual([{ ...bob, epoch: 1, seq: head }])
    },
  )
})
