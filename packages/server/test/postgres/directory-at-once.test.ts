import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createSqlDirectory } from '../../src/adapters/sql/directory.js'
import { SqlContention } from '../../src/adapters/sql/driver.js'
import { DirectoryError, type OutboxEntry } from '../../src/ports/directory.js'
import { useService } from '../services/use-service.js'
import { testDatabase } from './database.js'

const database = await testDatabase((await useService('postgres')).url)
afterAll(() => database.remove())
afterEach(() => database.clear())

/** Two processes, each with connections of its own. */
const [one, other] = [await database.open(), await database.open()]
const mine = createSqlDirectory(one.driver, nodeEnvironment)
const theirs = createSqlDirectory(other.driver, nodeEnvironment)

const general = { channelId: 'general', workspaceId: 'w', kind: 'public' } as const
beforeEach(async () => {
  await mine.upsertWorkspace({ workspaceId: 'w' })
  for (const userId of ['ada', 'bob', 'carl', 'dan', ...numbered]) {
    await mine.setWorkspaceMember({ workspaceId: 'w', userId, role: 'member' })
  }
  await mine.setWorkspaceMember({ workspaceId: 'w', userId: 'ada', role: 'owner' })
  await mine.upsertChannel({ ...general, ownerId: 'ada' })
})

const numbered = Array.from({ length: 8 }, (_, i) => `u${i}`)
const member = (userId: string) => ({ channelId: 'general', userId, role: 'member' }) as const

describe('two processes that change one directory at once, on PostgreSQL', () => {
  it('R15: who changes a channel second waits for the first, and its entry has the higher number', async () => {
    await mine.setMember(member('bob'))
    const session = await other.driver.begin()
    const lock = "select * from channels where channel_id = 'general' for no key update"
    await session.execute({ sql: lock, params: [] }, 'rows')
    const changing = mine.setMember({ ...member('bob'), role: 'admin' })
    await database.untilWaiting(1)
    const { rows } = await session.execute(
      {
        sql: "insert into outbox (channel_id, user_id, payload, created_at) values ('general', 'eve', '{}', 1) returning entry_id",
        params: [],
      },
      'rows',
    )
    await session.commit()
    const [entry] = (await changing).entries
    expect(entry?.entryId).toBeGreaterThan(Number(rows[0]?.entry_id))
  })

  it('R15: nobody ever sees an entry of a channel before one with a lower number', async () => {
    let changing = true
    const changes = Promise.all(
      [mine, theirs, mine, theirs].map(async (directory, i) => {
        for (let n = 0; n < 15; n++) {
          const change = { channelId: 'general', userId: `u${i}` }
          await directory.setMember({ ...change, role: 'member' })
          await directory.removeMember({ ...change, reason: 'left' })
        }
      }),
    ).finally(() => {
      changing = false
    })
    let seen: readonly number[] = []
    while (changing) {
      const ids = (await theirs.outbox('general', 1_000)).map((entry) => entry.entryId)
      expect(ids.slice(0, seen.length)).toEqual(seen)
      seen = ids
    }
    await changes
    expect(await theirs.outbox('general', 1_000)).toHaveLength(1 + 4 * 15 * 2)
  })

  it('R13, R15: the entries, in their order, lead to the members that the directory has', async () => {
    const userIds = ['bob', 'carl', 'dan']
    const tries = Array.from({ length: 60 }, (_, i) => {
      const directory = i % 2 === 0 ? mine : theirs
      const change = { channelId: 'general', userId: userIds[i % userIds.length] ?? '' }
      const work: Promise<unknown> =
        i % 7 < 4
          ? directory.setMember({ ...change, role: 'member' })
          : directory.removeMember({ ...change, reason: 'kicked', by: 'ada' })
      // leaving what one is not in is refused, whoever was first
      return work.catch((error: unknown) =>
        expect((error as DirectoryError).code).toBe('not_found'),
      )
    })
    await Promise.all(tries)
    const members = await mine.members('general', { limit: 100 })
    expect(members.map(({ userId }) => userId)).toEqual(
      membersBy(await mine.outbox('general', 1_000)),
    )
    const [channel] = await theirs.channels(['general'])
    expect(channel?.memberCount).toBe(members.length)
  })

  it('a direct channel that two make at once is one, also when the first has not committed yet', async () => {
    const session = await other.driver.begin()
    await session.execute(
      {
        sql: `insert into channels (channel_id, workspace_id, kind, name, created_at, member_count, user_a, user_b)
          values ('theirs', 'w', 'direct', '', 1, 0, 'ada', 'bob')`,
        params: [],
      },
      'changes',
    )
    const opening = mine.directChannel('w', ['bob', 'ada'], 'mine')
    await database.untilWaiting(1)
    await session.commit()
    const { value, entries } = await opening
    expect(value).toMatchObject({ channelId: 'theirs', memberCount: 2 })
    expect(entries).toHaveLength(2)
    expect(await mine.channels(['mine'])).toEqual([undefined])
  })

  it('a direct channel whose other maker gives up is made after all', async () => {
    const session = await other.driver.begin()
    await session.execute(
      {
        sql: `insert into channels (channel_id, workspace_id, kind, name, created_at, member_count, user_a, user_b)
          values ('theirs', 'w', 'direct', '', 1, 0, 'ada', 'bob')`,
        params: [],
      },
      'changes',
    )
    const opening = mine.directChannel('w', ['bob', 'ada'], 'mine')
    await database.untilWaiting(1)
    await session.rollback()
    expect((await opening).value.channelId).toBe('mine')
  })

  it('a channel that many make at once is made once, with one first member', async () => {
    const asked = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        (i % 2 === 0 ? mine : theirs).upsertChannel({
          channelId: 'new',
          workspaceId: 'w',
          kind: 'private',
          ownerId: `u${i}`,
        }),
      ),
    )
    expect(asked.flatMap(({ entries }) => entries)).toHaveLength(1)
    expect((await mine.channels(['new']))[0]?.memberCount).toBe(1)
  })

  it('who leaves a channel while being removed from the workspace has left it once', async () => {
    await mine.setMember(member('bob'))
    const session = await other.driver.begin()
    const lock = "select * from channels where channel_id = 'general' for no key update"
    await session.execute({ sql: lock, params: [] }, 'rows')
    const leaving = theirs.removeMember({ channelId: 'general', userId: 'bob', reason: 'left' })
    await database.untilWaiting(1)
    const removing = mine.removeWorkspaceMember('w', 'bob', 'ada')
    await database.untilWaiting(2)
    await session.commit()
    await Promise.all([leaving, removing])
    const left = (await mine.outbox('general', 100)).filter(
      ({ payload }) => payload.kind === 'member.leave',
    )
    expect(left).toHaveLength(1)
    expect((await mine.channels(['general']))[0]?.memberCount).toBe(1)
    expect(await mine.workspaceMember('w', 'bob')).toBeUndefined()
  })

  it('I8: who joins while being removed from the workspace does not, when the removal is first', async () => {
    const asked = [
      () => mine.setMember({ ...member('bob'), selfJoin: true }),
      () => mine.directChannel('w', ['ada', 'bob'], 'direct'),
      () => mine.upsertChannel({ ...general, channelId: 'own', ownerId: 'bob' }),
    ]
    for (const ask of asked) {
      await mine.setWorkspaceMember({ workspaceId: 'w', userId: 'bob', role: 'member' })
      const session = await other.driver.begin()
      const removal = "delete from workspace_members where workspace_id = 'w' and user_id = 'bob'"
      await session.execute({ sql: removal, params: [] }, 'changes')
      const asking = expect(ask()).rejects.toMatchObject({ code: 'not_found' })
      await database.untilWaiting(1)
      await session.commit()
      await asking
      expect(await mine.membershipsOf('bob')).toEqual([])
    }
    expect(await mine.channels(['direct', 'own'])).toEqual([undefined, undefined])
  })

  it('I8: who joins while being removed from the workspace is removed from the channel too, when the joining is first', async () => {
    const session = await other.driver.begin()
    const lock = "select * from channels where channel_id = 'general' for no key update"
    await session.execute({ sql: lock, params: [] }, 'rows')
    const joining = theirs.setMember({ ...member('bob'), selfJoin: true })
    await database.untilWaiting(1)
    const removing = mine.removeWorkspaceMember('w', 'bob', 'ada')
    await database.untilWaiting(2)
    await session.commit()
    await joining
    expect((await removing).entries.map(({ payload }) => payload.kind)).toEqual(['member.leave'])
    expect(await mine.membershipsOf('bob')).toEqual([])
  })

  it('memberships that began at once have one order, so that pages of them fit together', async () => {
    const channelIds = ['one', 'two', 'three']
    for (const channelId of channelIds) {
      await mine.upsertChannel({ ...general, channelId })
      await mine.setMember({ ...member('bob'), channelId })
    }
    // as of joins that did not wait for each other
    const session = await other.driver.begin()
    const joined = "update members set joined_no = 1 where user_id = 'bob'"
    await session.execute({ sql: joined, params: [] }, 'changes')
    await session.commit()
    const memberships = await mine.membershipsOf('bob')
    expect(memberships.map(({ channelId }) => channelId)).toEqual(['two', 'three', 'one'])
  })

  it('what loses against others is tried again, a few times, then unavailable', async () => {
    const loses = (times: number) => {
      let left = times
      return createSqlDirectory(
        {
          ...one.driver,
          async begin(timeoutMs) {
            left -= 1
            if (left >= 0) throw new SqlContention('deadlock detected')
            return one.driver.begin(timeoutMs)
          },
        },
        nodeEnvironment,
      )
    }
    expect((await loses(3).setMember(member('bob'))).value.version).toBe(1)
    await expect(loses(4).setMember(member('carl'))).rejects.toMatchObject({ code: 'unavailable' })
    await expect(loses(4).setMember(member('carl'))).rejects.toBeInstanceOf(DirectoryError)
  })
})

/** Who is in, as the stream would tell it. */
function membersBy(entries: readonly OutboxEntry[]): readonly string[] {
  const members = new Set<string>()
  for (const { userId, payload } of entries) {
    if (payload.kind === 'member.join') members.add(userId)
    if (payload.kind === 'member.leave') members.delete(userId)
  }
  return [...members].sort()
}
