import assert from 'node:assert/strict'
import type { DirectoryCase } from './directory.js'
import { pending, refused, withChannel } from './directory-support.js'

/** Who is kept out of a channel, and for how long. */
export function banCases(test: DirectoryCase): void {
  test('a ban stands until somebody adds the user again', async (directory) => {
    await withChannel(directory)
    const bob = { channelId: 'general', userId: 'bob' }
    await directory.setMember({ ...bob, role: 'member' })
    await directory.removeMember({ ...bob, reason: 'banned', by: 'ada' })
    assert.equal(await directory.isBanned('general', 'bob'), true)
    assert.equal(await directory.membership('general', 'bob'), undefined)
    await directory.setMember({ ...bob, role: 'member', by: 'ada' })
    assert.equal(await directory.isBanned('general', 'bob'), false)
  })

  test('nobody lets themselves in against a ban', async (directory) => {
    await withChannel(directory)
    const alone = { channelId: 'general', userId: 'bob', role: 'member', selfJoin: true } as const
    await directory.setMember(alone)
    const ban = { channelId: 'general', userId: 'bob', reason: 'banned', by: 'ada' } as const
    await directory.removeMember(ban)
    await refused(directory.setMember(alone), 'forbidden')
    await directory.removeMember({ ...ban, userId: 'eve' })
    await refused(directory.setMember({ ...alone, userId: 'eve' }), 'forbidden')
    assert.deepEqual(await directory.membershipsOf('bob'), [])
    assert.deepEqual(await directory.membershipsOf('eve'), [])
    assert.equal(await directory.isBanned('general', 'bob'), true)
    assert.equal((await pending(directory)).length, 3)
  })

  test('a ban of somebody who is no member stands too, and is no event', async (directory) => {
    await withChannel(directory)
    const eve = { channelId: 'general', userId: 'eve' }
    const { entries } = await directory.removeMember({ ...eve, reason: 'banned', by: 'ada' })
    assert.deepEqual(entries, [])
    assert.equal(await directory.isBanned('general', 'eve'), true)
  })
}
