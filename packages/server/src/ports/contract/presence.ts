import assert from 'node:assert/strict'
import type { Presence, PresenceNote, PresenceRecord } from '../presence.js'
import { type ContractRunner, casesOver } from './runner.js'

/** An adapter under test; each harness begins with nobody there. */
export interface PresenceHarness {
  readonly presence: Presence
  /** The same as another process has it. */
  open(): Promise<Presence>
  /** Resolves when every note that was made before is over, unless `renew` renews it while it waits. */
  endLife(renew?: () => Promise<unknown>): Promise<void>
  /** The engine loses everything and goes on; left out where it cannot. */
  readonly forget?: () => Promise<void>
  /** Every command rejects from now on; left out where the engine cannot be away. */
  readonly breakEngine?: () => Promise<void>
  /** How many round trips the adapter has made; left out where there are none. */
  readonly roundTrips?: () => number
  close(): Promise<void>
}

const online = (userId: string, seenAt = 1_000): PresenceNote => ({
  userId,
  status: 'online',
  seenAt,
})
const away = (userId: string, seenAt = 1_000): PresenceNote => ({ userId, status: 'away', seenAt })
const offline = (userId: string, seenAt = 1_000): PresenceNote => ({
  userId,
  status: 'offline',
  seenAt,
})

const told = (changes: readonly { userId: string; status: string }[]) =>
  changes.map(({ userId, status }) => `${userId} ${status}`).sort()

/** What every Presence must do. */
export function presenceContract(
  name: string,
  makeHarness: () => Promise<PresenceHarness>,
  runner: ContractRunner,
): void {
  const test = casesOver(runner, makeHarness)
  const statuses = async (presence: Presence, ...userIds: string[]) =>
    (await presence.read(userIds)).map(({ status }) => status)

  runner.describe(`${name} knows who is there`, () => {
    test('what one process notes every process reads', async ({ presence, open }) => {
      const other = await open()
      await presence.note('p1', [online('a'), away('b')])
      assert.deepEqual(await statuses(other, 'b', 'none', 'a', 'b'), [
        'away',
        'offline',
        'online',
        'away',
      ])
      assert.deepEqual(await presence.read([]), [])
      assert.deepEqual(await presence.note('p1', []), [])
    })

    test('online on one device counts, else away on one, else offline', async ({
      presence,
      open,
    }) => {
      const other = await open()
      await presence.note('p1', [away('a')])
      await other.note('p2', [online('a')])
      assert.deepEqual(await statuses(presence, 'a'), ['online'])
      await other.note('p2', [offline('a')])
      assert.deepEqual(await statuses(presence, 'a'), ['away'])
      await presence.note('p1', [offline('a')])
      assert.deepEqual(await statuses(presence, 'a'), ['offline'])
    })

    test('each change is told once, and a renewal is none', async ({ presence, open }) => {
      const other = await open()
      assert.deepEqual(told(await presence.note('p1', [online('a'), away('b')])), [
        'a online',
        'b away',
      ])
      assert.deepEqual(told(await presence.note('p1', [online('a'), away('b')])), [])
      assert.deepEqual(told(await other.note('p2', [online('a'), online('b')])), ['b online'])
      assert.deepEqual(told(await presence.note('p1', [offline('a'), offline('b')])), [])
      assert.deepEqual(told(await other.note('p2', [offline('a'), away('b')])), [
        'a offline',
        'b away',
      ])
      assert.deepEqual(told(await other.note('p2', [offline('a')])), [])
      assert.deepEqual(told(await other.note('p2', [offline('never')])), [])
    })

    test('when two processes see a user come at the same time, one is told', async ({
      presence,
      open,
    }) => {
      const other = await open()
      const changes = await Promise.all([
        presence.note('p1', [online('a')]),
        other.note('p2', [online('a')]),
        presence.note('p3', [online('a')]),
      ])
      assert.deepEqual(told(changes.flat()), ['a online'])
    })

    test('who is not renewed is offline, in what is read at once, and told once', async ({
      presence,
      open,
      endLife,
    }) => {
      const other = await open()
      await presence.note('dead', [online('a', 5_000), online('b')])
      const renewed: PresenceRecord[] = []
      await endLife(async () => renewed.push(...(await other.note('p2', [away('b', 7_000)]))))
      assert.deepEqual(await statuses(other, 'a', 'b'), ['offline', 'away'])
      const ended = [...(await other.expired(100)), ...(await presence.expired(100))]
      // who renews may be told before who asks
      const changes = [...renewed, ...ended]
      assert.deepEqual(told(changes), ['a offline', 'b away'])
      assert.equal(changes.find(({ userId }) => userId === 'a')?.lastSeen, 5_000)
      assert.deepEqual(await other.expired(100), [])
    })

    test('who is renewed stays', async ({ presence, endLife }) => {
      await presence.note('p1', [online('a')])
      await endLife(() => presence.note('p1', [online('a')]))
      assert.deepEqual(await statuses(presence, 'a'), ['online'])
      assert.deepEqual(await presence.expired(100), [])
    })

    test('who was read as gone, and is renewed before their end was told, is told', async ({
      presence,
      open,
      endLife,
    }) => {
      const other = await open()
      await presence.note('p1', [online('a')])
      await endLife()
      assert.deepEqual(await statuses(other, 'a'), ['offline'])
      assert.deepEqual(told(await presence.note('p1', [online('a')])), ['a online'])
      assert.deepEqual(told(await presence.note('p1', [online('a')])), [])
      assert.deepEqual(await other.expired(100), [])
    })

    test('after it has lost everything who leaves is told offline once, but nobody whom another renews', async ({
      presence,
      open,
      forget,
      endLife,
    }) => {
      if (forget === undefined) return
      const other = await open()
      await presence.note('p1', [online('gone', 3_000), online('stays')])
      await other.note('p2', [away('stays')])
      await forget()
      const left = await presence.note('p1', [offline('gone', 5_000), offline('stays')])
      assert.deepEqual(await statuses(other, 'gone'), ['offline'])
      const renewed: PresenceRecord[] = []
      await endLife(async () => renewed.push(...(await other.note('p2', [away('stays')]))))
      const changes = [...left, ...renewed, ...(await other.expired(100))]
      assert.deepEqual(
        changes.filter(({ status }) => status === 'offline'),
        [{ userId: 'gone', status: 'offline', lastSeen: 5_000 }],
      )
      // whatever was told before counts no more
      assert.deepEqual(told(renewed), ['stays away'])
    })

    test('I7: ends at most as many at a time as it is asked to', async ({ presence, endLife }) => {
      const users = ['a', 'b', 'c', 'd', 'e']
      await presence.note(
        'p1',
        users.map((userId) => online(userId)),
      )
      await endLife()
      const changes: string[] = []
      for (let round = 0; round < 5; round++) {
        const some = await presence.expired(2)
        assert.ok(some.length <= 2)
        changes.push(...told(some))
      }
      assert.deepEqual(
        changes.sort(),
        users.map((userId) => `${userId} offline`),
      )
    })

    test('keeps when a user was seen last, and it does not go back', async ({ presence }) => {
      await presence.note('p1', [online('a', 1_000)])
      await presence.note('p1', [online('a', 9_000)])
      await presence.note('p2', [online('a', 4_000)])
      await presence.note('p1', [offline('a', 9_000)])
      const [change] = await presence.note('p2', [offline('a', 4_000)])
      assert.deepEqual(change, { userId: 'a', status: 'offline', lastSeen: 9_000 })
      assert.deepEqual(await presence.read(['a', 'never']), [
        { userId: 'a', status: 'offline', lastSeen: 9_000 },
        { userId: 'never', status: 'offline' },
      ])
    })

    test('1,000 users are read in one round trip', async ({ presence, roundTrips }) => {
      const users = Array.from({ length: 1_000 }, (_, i) => `u${i}`)
      await presence.note(
        'p1',
        users.filter((_, i) => i % 2 === 0).map((userId) => online(userId)),
      )
      const before = roundTrips?.() ?? 0
      const read = await presence.read(users)
      assert.deepEqual(
        read.map(({ userId, status }) => `${userId} ${status}`),
        users.map((userId, i) => `${userId} ${i % 2 === 0 ? 'online' : 'offline'}`),
      )
      if (roundTrips !== undefined) assert.equal(roundTrips() - before, 1)
    })

    test('ids are opaque: what looks alike is kept apart', async ({ presence }) => {
      const odd = ['a', 'A', 'a ', 'é', 'e\u0301', '*', 'a:b', '{a}', '}', '%7d', 'told', 'seen']
      await presence.note(
        'p1',
        odd.filter((_, i) => i % 2 === 0).map((userId) => online(userId)),
      )
      assert.deepEqual(
        await statuses(presence, ...odd),
        odd.map((_, i) => (i % 2 === 0 ? 'online' : 'offline')),
      )
      const changes = await presence.note(
        '{p1}',
        odd.map((userId) => online(userId)),
      )
      assert.equal(changes.length, odd.length / 2)
    })

    test('rejects while its engine is away', async ({ presence, breakEngine }) => {
      if (breakEngine === undefined) return
      await breakEngine()
      await assert.rejects(presence.note('p1', [online('a')]))
      await assert.rejects(presence.read(['a']))
      await assert.rejects(presence.expired(1))
    })
  })
}
