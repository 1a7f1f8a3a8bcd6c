import assert from 'node:assert/strict'
import type { DirectoryCase } from './directory.js'
import { listed, pending, plain, refused, withChannel, withPeople } from './directory-support.js'

/** Channels of a workspace, and the one channel of each pair. */
export function channelCases(test: DirectoryCase): void {
  test('a channel is made with its owner as the first member', async (directory) => {
    await withPeople(directory, 'w', 'ada')
    const { value, entries } = await directory.upsertChannel({
      channelId: 'general',
      workspaceId: 'w',
      kind: 'public',
      name: 'General',
      ownerId: 'ada',
    })
    const { createdAt, ...rest } = value
    assert.equal(typeof createdAt, 'number')
    assert.deepEqual(rest, {
      channelId: 'general',
      workspaceId: 'w',
      kind: 'public',
      name: 'General',
      memberCount: 1,
      userIds: [],
    })
    assert.deepEqual(plain(entries), [
      { channelId: 'general', userId: 'ada', payload: { kind: 'member.join', role: 'owner' } },
    ])
    assert.deepEqual(await directory.channels(['other', 'general']), [undefined, value])
  })

  test('a channel may be made without an owner and without a name', async (directory) => {
    await directory.upsertWorkspace({ workspaceId: 'w' })
    const made = await directory.upsertChannel({
      channelId: 'c',
      workspaceId: 'w',
      kind: 'private',
    })
    assert.equal(made.value.memberCount, 0)
    assert.equal(made.value.name, 'c')
    assert.deepEqual(made.entries, [])
  })

  test('a channel that is there is answered; only a new name changes it', async (directory) => {
    await withChannel(directory)
    const channel = { channelId: 'general', workspaceId: 'w', kind: 'public' } as const
    const same = await directory.upsertChannel({ ...channel, ownerId: 'bob' })
    assert.deepEqual(same.entries, [])
    assert.equal(await directory.membership('general', 'bob'), undefined)
    const named = await directory.upsertChannel({ ...channel, name: 'All' })
    assert.deepEqual(named.value, { ...same.value, name: 'All' })
    assert.deepEqual(
      named.entries.map((entry) => entry.payload),
      [{ kind: 'channel.update', name: 'All' }],
    )
    assert.deepEqual((await directory.upsertChannel({ ...channel, name: 'All' })).entries, [])
  })

  test('an id that means another channel already is a conflict', async (directory) => {
    await withChannel(directory)
    await directory.upsertWorkspace({ workspaceId: 'v' })
    const channel = { channelId: 'general', workspaceId: 'w', kind: 'private' } as const
    await refused(directory.upsertChannel(channel), 'conflict')
    await refused(
      directory.upsertChannel({ ...channel, workspaceId: 'v', kind: 'public' }),
      'conflict',
    )
    await refused(directory.directChannel('w', ['ada', 'bob'], 'general'), 'conflict')
    assert.equal((await directory.channels(['general']))[0]?.kind, 'public')
  })

  test('nothing is made in a workspace that is not there', async (directory) => {
    const channel = { channelId: 'c', workspaceId: 'w', kind: 'public' } as const
    await refused(directory.upsertChannel(channel), 'not_found')
    await refused(directory.directChannel('w', ['ada', 'bob'], 'd'), 'not_found')
    assert.deepEqual(await directory.channels(['c', 'd']), [undefined, undefined])
  })

  test('a rename says by whom; the same name again is nothing', async (directory) => {
    await withChannel(directory)
    const { value, entries } = await directory.renameChannel('general', 'All', 'ada')
    assert.equal(value.name, 'All')
    assert.deepEqual(plain(entries), [
      { channelId: 'general', userId: 'ada', payload: { kind: 'channel.update', name: 'All' } },
    ])
    assert.deepEqual((await directory.renameChannel('general', 'All', 'bob')).entries, [])
    await refused(directory.renameChannel('other', 'All'), 'not_found')
  })

  test('R15: what the platform does is the doing of an id that no user can have', async (directory) => {
    await withChannel(directory)
    const [entry] = (await directory.renameChannel('general', 'All')).entries
    assert.equal(entry?.userId.startsWith('~'), true)
  })

  test('public channels of a workspace are listed page by page, by id', async (directory) => {
    await withChannel(directory)
    await directory.upsertWorkspace({ workspaceId: 'v' })
    for (const channelId of ['e', 'b', 'd', 'c']) {
      await directory.upsertChannel({ channelId, workspaceId: 'w', kind: 'public' })
    }
    await directory.upsertChannel({ channelId: 'a', workspaceId: 'w', kind: 'private' })
    await directory.upsertChannel({ channelId: 'f', workspaceId: 'v', kind: 'public' })
    await directory.directChannel('w', ['ada', 'bob'], 'g')
    const channels = await listed(
      (cursor) => directory.publicChannels('w', cursor),
      (channel) => channel.channelId,
    )
    assert.deepEqual(
      channels.map((channel) => channel.channelId),
      ['b', 'c', 'd', 'e', 'general'],
    )
  })

  test('a pair has one direct channel in a workspace, whoever asks and in whatever order', async (directory) => {
    await withPeople(directory, 'w', 'ada', 'bob', 'eve')
    await withPeople(directory, 'v', 'ada', 'eve')
    const asked = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        directory.directChannel('w', i % 2 === 0 ? ['eve', 'ada'] : ['ada', 'eve'], `d${i}`),
      ),
    )
    const ids = new Set(asked.map(({ value }) => value.channelId))
    assert.equal(ids.size, 1)
    const [first] = asked
    assert.deepEqual(first?.value.userIds, ['ada', 'eve'])
    assert.equal(first?.value.kind, 'direct')
    assert.equal(first?.value.memberCount, 2)
    assert.equal((await pending(directory)).length, 2)
    const elsewhere = await directory.directChannel('v', ['ada', 'eve'], 'e')
    assert.equal(elsewhere.value.channelId, 'e')
    const other = await directory.directChannel('w', ['ada', 'bob'], 'f')
    assert.equal(other.value.channelId, 'f')
  })

  test('both of a pair are members; who had left is one again', async (directory) => {
    await withPeople(directory, 'w', 'ada', 'bob')
    const { value, entries } = await directory.directChannel('w', ['bob', 'ada'], 'd')
    assert.deepEqual(plain(entries), [
      { channelId: 'd', userId: 'ada', payload: { kind: 'member.join', role: 'member' } },
      { channelId: 'd', userId: 'bob', payload: { kind: 'member.join', role: 'member' } },
    ])
    await directory.removeWorkspaceMember('w', 'bob')
    await withPeople(directory, 'w', 'bob')
    const again = await directory.directChannel('w', ['bob', 'ada'], 'x')
    assert.equal(again.value.channelId, value.channelId)
    assert.deepEqual(
      again.entries.map((entry) => entry.userId),
      ['bob'],
    )
    assert.equal(again.value.memberCount, 2)
  })

  test('I8: no channel is made for who is not in its workspace, nor a direct one with them', async (directory) => {
    await withPeople(directory, 'w', 'ada')
    await withPeople(directory, 'v', 'bob')
    const made = { channelId: 'c', workspaceId: 'w', kind: 'private', ownerId: 'bob' } as const
    await refused(directory.upsertChannel(made), 'not_found')
    await refused(directory.directChannel('w', ['ada', 'bob'], 'd'), 'not_found')
    assert.deepEqual(await directory.channels(['c', 'd']), [undefined, undefined])
    assert.deepEqual(await pending(directory), [])
    await withPeople(directory, 'w', 'bob')
    await directory.directChannel('w', ['ada', 'bob'], 'd')
    await directory.removeWorkspaceMember('w', 'ada')
    await directory.removeWorkspaceMember('w', 'bob')
    await withPeople(directory, 'w', 'ada')
    await refused(directory.directChannel('w', ['ada', 'bob'], 'd'), 'not_found')
    assert.deepEqual(await directory.membershipsOf('ada'), [])
  })

  test('nobody has a direct channel with themselves', async (directory) => {
    await directory.upsertWorkspace({ workspaceId: 'w' })
    await refused(directory.directChannel('w', ['ada', 'ada'], 'd'), 'conflict')
  })
}
