import assert from 'node:assert/strict'
import type { DirectoryCase } from './directory.js'
import { listed, pending, withChannel } from './directory-support.js'

/** R15: how changes of the directory reach the stream. */
export function outboxCases(test: DirectoryCase): void {
  test('R15: what a change answers with is what the outbox holds, oldest first', async (directory) => {
    await withChannel(directory)
    const joined = await directory.setMember({
      channelId: 'general',
      userId: 'bob',
      role: 'member',
    })
    const renamed = await directory.renameChannel('general', 'All', 'bob')
    const left = await directory.removeMember({
      channelId: 'general',
      userId: 'bob',
      reason: 'left',
    })
    const entries = await pending(directory)
    assert.deepEqual(entries.slice(1), [...joined.entries, ...renamed.entries, ...left.entries])
    const ids = entries.map((entry) => entry.entryId)
    assert.deepEqual(
      ids,
      [...ids].sort((a, b) => a - b),
    )
    assert.equal(new Set(ids).size, 4)
    assert.deepEqual(await directory.outbox('general', 2), entries.slice(0, 2))
  })

  test('R15: an entry stays until it is done', async (directory) => {
    await withChannel(directory)
    await directory.renameChannel('general', 'b')
    await directory.renameChannel('general', 'c')
    const entries = await pending(directory)
    await directory.outboxDone(entries.slice(0, 2).map((entry) => entry.entryId))
    assert.deepEqual(await pending(directory), entries.slice(2))
    await directory.outboxDone(entries.map((entry) => entry.entryId))
    await directory.outboxDone([])
    assert.deepEqual(await pending(directory), [])
  })

  test('R15: the channels that wait are told page by page, and of each its own entries', async (directory) => {
    await withChannel(directory)
    for (const channelId of ['a', 'b', 'c', 'd', 'e']) {
      await directory.upsertChannel({ channelId, workspaceId: 'w', kind: 'public', ownerId: 'ada' })
      await directory.renameChannel(channelId, `${channelId}${channelId}`)
    }
    const all = await pending(directory)
    const [ofB = [], ofE = []] = ['b', 'e'].map((id) => all.filter((one) => one.channelId === id))
    assert.equal(all.length, 11)
    assert.deepEqual(await directory.outbox('b', 10), ofB)
    assert.equal(ofB.length, 2)
    await directory.outboxDone([...ofB, ...ofE.slice(0, 1)].map(({ entryId }) => entryId))
    const waiting = await listed(directory.outboxChannels, (channelId) => channelId)
    assert.deepEqual(waiting, ['a', 'c', 'd', 'e', 'general'])
    assert.deepEqual(await directory.outboxChannels({ after: 'b', limit: 10 }), [
      'c',
      'd',
      'e',
      'general',
    ])
    assert.deepEqual(await directory.outbox('b', 10), [])
    assert.deepEqual(await directory.outbox('e', 10), ofE.slice(1))
  })

  test('R15: a number is never used again, also when the newest entry is done', async (directory) => {
    await withChannel(directory)
    const before = await pending(directory)
    await directory.outboxDone(before.map((entry) => entry.entryId))
    const [entry] = (await directory.renameChannel('general', 'b')).entries
    assert.ok((entry?.entryId ?? 0) > (before.at(-1)?.entryId ?? 0))
  })

  test('R15: a change that is refused leaves no entry', async (directory) => {
    await withChannel(directory)
    const before = await pending(directory)
    const ada = { channelId: 'general', userId: 'ada' }
    await assert.rejects(directory.removeMember({ ...ada, reason: 'left' }))
    await assert.rejects(directory.setMember({ ...ada, role: 'member' }))
    assert.deepEqual(await pending(directory), before)
    assert.equal((await directory.channels(['general']))[0]?.memberCount, 1)
  })
}
