import assert from 'node:assert/strict'
import type { DirectoryCase } from './directory.js'
import { listed, pending, plain, refused, withChannel, withPeople } from './directory-support.js'

/** Who is in a channel, with which role, in which version (R13). */
export function memberCases(test: DirectoryCase): void {
  test('adding a member answers with the membership and tells of the joining', async (directory) => {
    await withChannel(directory)
    const { value, entries } = await directory.setMember({
      channelId: 'general',
      userId: 'bob',
      role: 'member',
      by: 'ada',
      visibleFromSeq: 7,
    })
    assert.deepEqual(value, {
      channelId: 'general',
      userId: 'bob',
      workspaceId: 'w',
      role: 'member',
      version: 1,
      visibleFromSeq: 7,
    })
    const payload = { kind: 'member.join', role: 'member', byUserId: 'ada' }
    assert.deepEqual(plain(entries), [{ channelId: 'general', userId: 'bob', payload }])
    assert.deepEqual(await directory.membership('general', 'bob'), value)
    assert.equal((await directory.channels(['general']))[0]?.memberCount, 2)
  })

  test('who joins alone is not said to have been let in', async (directory) => {
    await withChannel(directory)
    const change = { channelId: 'general', userId: 'bob', role: 'member', selfJoin: true } as const
    const { entries } = await directory.setMember(change)
    assert.deepEqual(entries[0]?.payload, { kind: 'member.join', role: 'member' })
  })

  test('adding a member who is one changes nothing', async (directory) => {
    await withChannel(directory)
    const change = { channelId: 'general', userId: 'bob', role: 'member' } as const
    const first = await directory.setMember({ ...change, visibleFromSeq: 3 })
    const again = await directory.setMember(change)
    assert.deepEqual(again, { value: first.value, entries: [] })
    assert.equal((await directory.channels(['general']))[0]?.memberCount, 2)
  })

  test('R13: every change raises the version, also across leaving and joining again', async (directory) => {
    await withChannel(directory)
    const bob = { channelId: 'general', userId: 'bob' }
    const versions = [
      (await directory.setMember({ ...bob, role: 'member' })).value.version,
      (await directory.setMember({ ...bob, role: 'admin' })).value.version,
      (await directory.setMember({ ...bob, role: 'admin', visibleFromSeq: 5 })).value.version,
      (await directory.removeMember({ ...bob, reason: 'left' })).value.version,
      (await directory.setMember({ ...bob, role: 'member' })).value.version,
    ]
    assert.deepEqual(versions, [1, 2, 3, 4, 5])
  })

  test('I8: what a member may see of the past outlasts leaving and joining', async (directory) => {
    await withChannel(directory)
    const bob = { channelId: 'general', userId: 'bob', role: 'member' } as const
    await directory.setMember({ ...bob, visibleFromSeq: 9 })
    await directory.removeMember({ channelId: 'general', userId: 'bob', reason: 'left' })
    assert.equal((await directory.setMember(bob)).value.visibleFromSeq, 9)
    assert.equal((await directory.setMember({ ...bob, visibleFromSeq: 1 })).value.visibleFromSeq, 1)
  })

  test('a role change tells whose role and by whom', async (directory) => {
    await withChannel(directory)
    await directory.setMember({ channelId: 'general', userId: 'bob', role: 'member' })
    const change = { channelId: 'general', userId: 'bob', role: 'read_only', by: 'ada' } as const
    const { value, entries } = await directory.setMember(change)
    assert.equal(value.role, 'read_only')
    const payload = { kind: 'channel.update', member: { user_id: 'bob', role: 'read_only' } }
    assert.deepEqual(plain(entries), [{ channelId: 'general', userId: 'ada', payload }])
  })

  test('who is removed is a member no more', async (directory) => {
    await withChannel(directory)
    await directory.setMember({ channelId: 'general', userId: 'bob', role: 'member' })
    const change = { channelId: 'general', userId: 'bob', reason: 'kicked', by: 'ada' } as const
    const { value, entries } = await directory.removeMember(change)
    assert.equal(value.version, 2)
    const payload = { kind: 'member.leave', reason: 'kicked', byUserId: 'ada' }
    assert.deepEqual(plain(entries), [{ channelId: 'general', userId: 'bob', payload }])
    assert.equal(await directory.membership('general', 'bob'), undefined)
    assert.deepEqual(await directory.membershipsOf('bob'), [])
    const members = await directory.members('general', { limit: 10 })
    assert.deepEqual(
      members.map((member) => member.userId),
      ['ada'],
    )
    assert.equal((await directory.channels(['general']))[0]?.memberCount, 1)
    assert.equal(await directory.isBanned('general', 'bob'), false)
  })

  test('R13: a removal that is asked for again is answered with the leaving until that is in the stream', async (directory) => {
    await withChannel(directory)
    const bob = { channelId: 'general', userId: 'bob' }
    await directory.setMember({ ...bob, role: 'member' })
    const kick = { ...bob, reason: 'kicked', by: 'ada' } as const
    const { value, entries } = await directory.removeMember(kick)
    assert.equal(entries.length, 1)
    assert.deepEqual(await directory.removeMember(kick), { value, entries })
    assert.deepEqual(await directory.removeMember({ ...bob, reason: 'left' }), { value, entries })
    const banned = await directory.removeMember({ ...bob, reason: 'banned' })
    assert.deepEqual(banned.entries, entries)
    assert.equal(await directory.isBanned('general', 'bob'), true)
    assert.deepEqual(await directory.removeMember(kick), banned)
    assert.equal(await directory.isBanned('general', 'bob'), true)
    assert.equal((await pending(directory)).length, 3)
    await directory.outboxDone(entries.map(({ entryId }) => entryId))
    assert.deepEqual((await directory.removeMember(kick)).entries, [])
    assert.deepEqual((await directory.removeMember({ ...bob, reason: 'banned' })).entries, [])
  })

  test('what is not there is not found', async (directory) => {
    await withChannel(directory)
    const bob = { channelId: 'nowhere', userId: 'bob' }
    await refused(directory.setMember({ ...bob, role: 'member' }), 'not_found')
    await refused(directory.removeMember({ ...bob, reason: 'left' }), 'not_found')
    await refused(
      directory.removeMember({ ...bob, channelId: 'general', reason: 'left' }),
      'not_found',
    )
    assert.equal(await directory.membership('nowhere', 'bob'), undefined)
    assert.deepEqual(await directory.members('nowhere', { limit: 10 }), [])
    assert.equal(await directory.isBanned('nowhere', 'bob'), false)
  })

  test('who lets themselves in and was let in meanwhile stays as they were let in', async (directory) => {
    await withChannel(directory)
    const bob = { channelId: 'general', userId: 'bob' }
    const first = await directory.setMember({ ...bob, role: 'read_only', by: 'ada' })
    const again = await directory.setMember({ ...bob, role: 'member', selfJoin: true })
    assert.deepEqual(again, { value: first.value, entries: [] })
  })

  test('I8: who is not in the workspace, or no more, is let into none of its channels', async (directory) => {
    await withChannel(directory)
    const bob = { channelId: 'general', userId: 'bob', role: 'member' } as const
    await withPeople(directory, 'v', 'zoe')
    await refused(directory.setMember({ ...bob, userId: 'zoe' }), 'not_found')
    await directory.removeWorkspaceMember('w', 'bob')
    await refused(directory.setMember(bob), 'not_found')
    await refused(directory.setMember({ ...bob, selfJoin: true }), 'not_found')
    assert.deepEqual(await directory.membershipsOf('bob'), [])
    assert.deepEqual(await directory.membershipsOf('zoe'), [])
    assert.equal((await pending(directory)).length, 1)
  })

  test('I8: of joins and a removal from the workspace that are asked for at once, the removal wins', async (directory) => {
    await withChannel(directory)
    const users = ['bob', 'carl', 'dan', 'eve']
    const settled = await Promise.allSettled(
      users.flatMap((userId) => [
        directory.setMember({ channelId: 'general', userId, role: 'member', selfJoin: true }),
        directory.directChannel('w', ['ada', userId], `direct-${userId}`),
        directory.removeWorkspaceMember('w', userId),
        directory.setMember({ channelId: 'general', userId, role: 'member', selfJoin: true }),
        directory.upsertChannel({
          channelId: `own-${userId}`,
          workspaceId: 'w',
          kind: 'private',
          ownerId: userId,
        }),
      ]),
    )
    for (const one of settled) {
      if (one.status === 'rejected') await refused(Promise.reject(one.reason), 'not_found')
    }
    for (const userId of users) assert.deepEqual(await directory.membershipsOf(userId), [])
    const members = await directory.members('general', { limit: 100 })
    assert.deepEqual(
      members.map(({ userId }) => userId),
      ['ada'],
    )
  })

  test('why a membership ended is told of who was a member, and of nobody else', async (directory) => {
    await withChannel(directory)
    const removals = { bob: 'left', carl: 'kicked', dan: 'banned' } as const
    const formerOf = (userId: string) => directory.formerMemberships(userId, ['general', 'nowhere'])
    for (const [userId, reason] of Object.entries(removals)) {
      const of = { channelId: 'general', userId }
      await directory.setMember({ ...of, role: 'member' })
      assert.deepEqual(await formerOf(userId), [])
      await directory.removeMember({ ...of, reason })
      assert.deepEqual(await formerOf(userId), [{ channelId: 'general', reason }])
    }
    assert.deepEqual(await directory.formerMemberships('bob', []), [])
    assert.deepEqual(await formerOf('stranger'), [])
    const eve = { channelId: 'general', userId: 'eve' }
    await directory.removeMember({ ...eve, reason: 'banned' })
    assert.deepEqual(await formerOf('eve'), [])
    const bob = { channelId: 'general', userId: 'bob' }
    await directory.removeMember({ ...bob, reason: 'banned' })
    assert.deepEqual(await formerOf('bob'), [{ channelId: 'general', reason: 'banned' }])
    await directory.setMember({ ...bob, role: 'member' })
    assert.deepEqual(await formerOf('bob'), [])
  })

  test('a channel keeps its last owner: neither leaving nor a lesser role', async (directory) => {
    await withChannel(directory)
    const ada = { channelId: 'general', userId: 'ada' }
    await directory.setMember({ channelId: 'general', userId: 'bob', role: 'admin' })
    await refused(directory.removeMember({ ...ada, reason: 'left' }), 'conflict')
    await refused(directory.setMember({ ...ada, role: 'admin' }), 'conflict')
    assert.equal((await directory.membership('general', 'ada'))?.role, 'owner')
    await directory.setMember({ channelId: 'general', userId: 'bob', role: 'owner' })
    await directory.setMember({ ...ada, role: 'admin' })
    await directory.removeMember({ ...ada, reason: 'left' })
  })

  test('members are listed page by page, by id; memberships newest first', async (directory) => {
    await withChannel(directory)
    for (const userId of ['eve', 'carl', 'bob', 'dan']) {
      await directory.setMember({ channelId: 'general', userId, role: 'member' })
    }
    const members = await listed(
      (cursor) => directory.members('general', cursor),
      (member) => member.userId,
    )
    assert.deepEqual(
      members.map((member) => member.userId),
      ['ada', 'bob', 'carl', 'dan', 'eve'],
    )
    for (const channelId of ['a', 'c', 'b']) {
      await directory.upsertChannel({
        channelId,
        workspaceId: 'w',
        kind: 'private',
        ownerId: 'eve',
      })
    }
    const channelsOfEve = async () =>
      (await directory.membershipsOf('eve')).map((membership) => membership.channelId)
    assert.deepEqual(await channelsOfEve(), ['b', 'c', 'a', 'general'])
    const general = { channelId: 'general', userId: 'eve' }
    await directory.setMember({ channelId: 'a', userId: 'bob', role: 'owner' })
    await directory.setMember({ channelId: 'a', userId: 'eve', role: 'member' })
    assert.deepEqual(await channelsOfEve(), ['b', 'c', 'a', 'general'])
    await directory.removeMember({ ...general, reason: 'left' })
    await directory.setMember({ ...general, role: 'member' })
    assert.deepEqual(await channelsOfEve(), ['general', 'b', 'c', 'a'])
  })

  test('changes asked for at once all happen', async (directory) => {
    await withChannel(directory)
    const userIds = Array.from({ length: 20 }, (_, i) => `user${i}`)
    await withPeople(directory, 'w', ...userIds)
    await Promise.all(
      userIds.map((userId) =>
        directory.setMember({ channelId: 'general', userId, role: 'member' }),
      ),
    )
    assert.equal((await directory.channels(['general']))[0]?.memberCount, 21)
  })
}
