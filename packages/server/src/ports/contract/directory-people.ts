import assert from 'node:assert/strict'
import type { DirectoryCase } from './directory.js'
import { listed, plain, refused, withChannel, withPeople } from './directory-support.js'

/** Users, workspaces, and who belongs to a workspace. */
export function peopleCases(test: DirectoryCase): void {
  test('a user is made once and keeps the name until another is given', async (directory) => {
    const made = await directory.upsertUser({ userId: 'ada', name: 'Ada' })
    assert.equal(made.name, 'Ada')
    assert.deepEqual(await directory.upsertUser({ userId: 'ada' }), made)
    const renamed = await directory.upsertUser({ userId: 'ada', name: 'Ada L.' })
    assert.deepEqual(renamed, { ...made, name: 'Ada L.' })
    assert.deepEqual(await directory.users(['bob', 'ada', 'ada']), [undefined, renamed, renamed])
  })

  test('a user without a name is called by the id', async (directory) => {
    assert.equal((await directory.upsertUser({ userId: '🦉 owl' })).name, '🦉 owl')
  })

  test('a workspace is made once and keeps the name until another is given', async (directory) => {
    const made = await directory.upsertWorkspace({ workspaceId: 'w' })
    assert.equal(made.name, 'w')
    const named = await directory.upsertWorkspace({ workspaceId: 'w', name: 'Work' })
    assert.deepEqual(named, { ...made, name: 'Work' })
    assert.deepEqual(await directory.workspace('w'), named)
    assert.equal(await directory.workspace('other'), undefined)
  })

  test('somebody belongs to a workspace with one role, the last that was given', async (directory) => {
    await directory.upsertWorkspace({ workspaceId: 'w' })
    await directory.setWorkspaceMember({ workspaceId: 'w', userId: 'ada', role: 'owner' })
    await directory.setWorkspaceMember({ workspaceId: 'w', userId: 'ada', role: 'admin' })
    const member = { workspaceId: 'w', userId: 'ada', role: 'admin' }
    assert.deepEqual(await directory.workspaceMember('w', 'ada'), member)
    assert.deepEqual(await directory.workspaceMembers('w', { limit: 10 }), [member])
    assert.equal(await directory.workspaceMember('w', 'bob'), undefined)
    assert.equal(await directory.workspaceMember('v', 'ada'), undefined)
  })

  test('nobody joins a workspace that is not there', async (directory) => {
    const member = { workspaceId: 'w', userId: 'ada', role: 'member' } as const
    await refused(directory.setWorkspaceMember(member), 'not_found')
    await refused(directory.removeWorkspaceMember('w', 'ada'), 'not_found')
  })

  test('members and workspaces are listed page by page, by id', async (directory) => {
    for (const workspaceId of ['w3', 'w1', 'w2']) {
      await directory.upsertWorkspace({ workspaceId })
      await directory.setWorkspaceMember({ workspaceId, userId: 'ada', role: 'member' })
    }
    for (const userId of ['eve', 'bob', 'carl', 'dan']) {
      await directory.setWorkspaceMember({ workspaceId: 'w1', userId, role: 'read_only' })
    }
    const members = await listed(
      (cursor) => directory.workspaceMembers('w1', cursor),
      (member) => member.userId,
    )
    const userIds = members.map((member) => member.userId)
    assert.deepEqual(userIds, ['ada', 'bob', 'carl', 'dan', 'eve'])
    const workspaces = await listed(
      (cursor) => directory.workspacesOf('ada', cursor),
      (workspace) => workspace.workspaceId,
    )
    assert.deepEqual(
      workspaces.map((workspace) => [workspace.workspaceId, workspace.role]),
      [
        ['w1', 'member'],
        ['w2', 'member'],
        ['w3', 'member'],
      ],
    )
    assert.deepEqual(await directory.workspacesOf('nobody', { limit: 10 }), [])
  })

  test('who leaves a workspace leaves its channels, even as the last owner, and no others', async (directory) => {
    await withChannel(directory)
    await withPeople(directory, 'v', 'ada')
    await directory.upsertChannel({
      channelId: 'far',
      workspaceId: 'v',
      kind: 'public',
      ownerId: 'ada',
    })
    await directory.upsertChannel({
      channelId: 'a',
      workspaceId: 'w',
      kind: 'private',
      ownerId: 'bob',
    })
    await directory.setMember({ channelId: 'a', userId: 'ada', role: 'member' })
    await directory.setWorkspaceMember({ workspaceId: 'w', userId: 'bob', role: 'owner' })
    const { value, entries } = await directory.removeWorkspaceMember('w', 'ada', 'bob')
    assert.deepEqual([...value].sort(), ['a', 'general'])
    const left = entries.map((entry) => [entry.channelId, entry.userId, entry.payload])
    const payload = { kind: 'member.leave', reason: 'kicked', byUserId: 'bob' }
    assert.deepEqual(left.sort(), [
      ['a', 'ada', payload],
      ['general', 'ada', payload],
    ])
    const memberships = await directory.membershipsOf('ada')
    assert.deepEqual(
      memberships.map((membership) => membership.channelId),
      ['far'],
    )
    assert.equal(await directory.workspaceMember('w', 'ada'), undefined)
  })

  test('R13: a removal from the workspace that is asked for again is answered with what is not in the stream', async (directory) => {
    await withChannel(directory)
    await withPeople(directory, 'v', 'ada', 'bob')
    for (const [channelId, workspaceId] of [
      ['left', 'w'],
      ['far', 'v'],
      ['never', 'w'],
    ] as const) {
      await directory.upsertChannel({ channelId, workspaceId, kind: 'public', ownerId: 'ada' })
      if (channelId === 'never') continue
      await directory.setMember({ channelId, userId: 'bob', role: 'member' })
      await directory.removeMember({ channelId, userId: 'bob', reason: 'kicked', by: 'ada' })
    }
    await directory.removeMember({ channelId: 'never', userId: 'bob', reason: 'banned' })
    await directory.setMember({ channelId: 'general', userId: 'bob', role: 'member' })
    const { value, entries } = await directory.removeWorkspaceMember('w', 'bob', 'ada')
    assert.deepEqual([...value].sort(), ['general', 'left'])
    const payload = { kind: 'member.leave', reason: 'kicked', byUserId: 'ada' }
    assert.deepEqual(plain(entries), [
      { channelId: 'left', userId: 'bob', payload },
      { channelId: 'general', userId: 'bob', payload },
    ])
    assert.deepEqual(await directory.removeWorkspaceMember('w', 'bob'), { value, entries })
    await directory.outboxDone(entries.map(({ entryId }) => entryId))
    assert.deepEqual(await directory.removeWorkspaceMember('w', 'bob'), { value, entries: [] })
  })

  test('who is not in a workspace, and was in none of its channels, is not found there', async (directory) => {
    await withChannel(directory)
    await refused(directory.removeWorkspaceMember('w', 'zoe'), 'not_found')
    assert.deepEqual(await directory.removeWorkspaceMember('w', 'bob'), { value: [], entries: [] })
    await refused(directory.removeWorkspaceMember('w', 'bob'), 'not_found')
  })

  test('who leaves a workspace without another has left', async (directory) => {
    await withChannel(directory)
    const [entry] = (await directory.removeWorkspaceMember('w', 'ada')).entries
    assert.deepEqual(entry?.payload, { kind: 'member.leave', reason: 'left' })
  })
}
