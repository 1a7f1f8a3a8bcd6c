import type { PresenceStatus } from '@tidings/protocol'
import { describe, it } from 'vitest'
import { createMemoryPresence } from '../../src/adapters/memory/presence.js'
import { type PresenceHarness, presenceContract } from '../../src/ports/contract/presence.js'
import type { Presence, PresenceNote, PresenceRecord } from '../../src/ports/presence.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'
import { refuses } from './refused.js'

const TTL_MS = 45_000

const harness =
  (wrap: (presence: Presence) => Presence = (presence) => presence, isShared = true) =>
  async (): Promise<PresenceHarness> => {
    const environment = createVirtualEnvironment()
    const make = () => wrap(createMemoryPresence(environment))
    const presence = make()
    return {
      presence,
      open: async () => (isShared ? presence : make()),
      async endLife(renew) {
        await environment.advance(TTL_MS / 2)
        await renew?.()
        await environment.advance(TTL_MS / 2)
      },
      close: async () => undefined,
    }
  }

/** Can lose everything, and then tells what is given of each withdrawal. */
const forgetful =
  (ofLeaving: (notes: readonly PresenceNote[]) => readonly PresenceRecord[]) =>
  async (): Promise<PresenceHarness> => {
    const whole = await harness()()
    let isLost = false
    let presence = whole.presence
    const shared: Presence = {
      async note(holder, notes) {
        const changes = await presence.note(holder, notes)
        const leaving = notes.filter(({ status }) => status === 'offline')
        return isLost ? [...changes, ...ofLeaving(leaving)] : changes
      },
      expired: (limit) => presence.expired(limit),
      read: (userIds) => presence.read(userIds),
    }
    return {
      ...whole,
      presence: shared,
      open: async () => shared,
      async forget() {
        isLost = true
        presence = (await harness()()).presence
      },
    }
  }

const WRONG: Readonly<Record<string, { make: () => Promise<PresenceHarness>; fails: RegExp }>> = {
  'know one device of a user': {
    make: harness((presence) => ({ ...presence, note: (_, notes) => presence.note('one', notes) })),
    fails: /^online on one device counts/,
  },
  'tell renewals as changes': {
    make: harness((presence) => ({
      ...presence,
      async note(holder, notes) {
        await presence.note(holder, notes)
        return presence.read(notes.map(({ userId }) => userId))
      },
    })),
    fails: /^each change is told once/,
  },
  'never tell who did not renew': {
    make: harness((presence) => ({ ...presence, expired: async () => [] })),
    fails: /^who is not renewed is offline/,
  },
  'tell nothing of who is there again after an end that nobody was told of': {
    make: harness((presence) => {
      const told = new Map<string, PresenceStatus>()
      const news = (changes: readonly PresenceRecord[]) =>
        changes.filter(({ userId, status }) => {
          const isNew = told.get(userId) !== status
          told.set(userId, status)
          return isNew
        })
      return {
        ...presence,
        note: async (holder, notes) => news(await presence.note(holder, notes)),
        expired: async (limit) => news(await presence.expired(limit)),
      }
    }),
    fails: /^who was read as gone/,
  },
  'forget when a user was seen': {
    make: harness((presence) => ({
      ...presence,
      read: async (userIds) =>
        (await presence.read(userIds)).map(({ userId, status }) => ({ userId, status })),
    })),
    fails: /^keeps when a user was seen last/,
  },
  'end everybody at once': {
    make: harness((presence) => ({ ...presence, expired: () => presence.expired(1_000) })),
    fails: /^I7: ends at most as many/,
  },
  'tell nothing of who leaves after it lost everything': {
    make: forgetful(() => []),
    fails: /^after it has lost everything/,
  },
  'call everybody gone who leaves one process after it lost everything': {
    make: forgetful((notes) => notes.map(({ seenAt, ...rest }) => ({ ...rest, lastSeen: seenAt }))),
    fails: /^after it has lost everything/,
  },
  'keep to themselves what they know': {
    make: harness(undefined, false),
    fails: /^what one process notes every process reads/,
  },
}

presenceContract('the presence in memory', harness(), { describe, it })

refuses('presence that would', WRONG, ({ make }, name) => (runner) => {
  presenceContract(name, make, runner)
})
