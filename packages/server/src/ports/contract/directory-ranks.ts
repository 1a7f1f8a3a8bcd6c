import assert from 'node:assert/strict'
import type { Role } from '@tidings/protocol'
import type { Directory } from '../directory.js'
import type { DirectoryCase } from './directory.js'
import { pending, refused, withChannel, withPeople } from './directory-support.js'

const channelId = 'general'
const of = (userId: string, by: string) => ({ channelId, userId, by })

/** `general` with ada as owner, bob as admin and carl as member; dan and eve are not in it. */
async function withRanks(directory: Directory): Promise<void> {
  await withChannel(directory)
  await directory.setMember({ channelId, userId: 'bob', role: 'admin' })
  await directory.setMember({ channelId, userId: 'carl', role: 'member' })
}

/** Who may change whom, as the transaction of the change itself finds both (I8). */
export function rankCases(test: DirectoryCase): void {
  test('a role that is not named stays as it is; who joins without one is a member', async (directory) => {
    await withRanks(directory)
    const { value } = await directory.setMember({ channelId, userId: 'bob', visibleFromSeq: 4 })
    assert.deepEqual([value.role, value.visibleFromSeq], ['admin', 4])
    assert.deepEqual((await directory.setMember({ channelId, userId: 'bob' })).entries, [])
    assert.equal((await directory.setMember({ channelId, userId: 'dan' })).value.role, 'member')
  })

  test('I8: nobody changes who is above them, or gives more than they are', async (directory) => {
    await withRanks(directory)
    const before = await pending(directory)
    await refused(directory.setMember({ ...of('ada', 'bob'), role: 'member' }), 'forbidden')
    await refused(directory.setMember({ ...of('carl', 'bob'), role: 'owner' }), 'forbidden')
    await refused(directory.setMember({ ...of('dan', 'bob'), role: 'owner' }), 'forbidden')
    await refused(directory.removeMember({ ...of('ada', 'bob'), reason: 'kicked' }), 'forbidden')
    // neither a member nor a stranger changes anybody
    for (const by of ['carl', 'dan']) {
      await refused(directory.setMember({ ...of('eve', by), role: 'read_only' }), 'forbidden')
      await refused(directory.setMember({ ...of(by, by), role: 'member' }), 'forbidden')
      await refused(directory.removeMember({ ...of('bob', by), reason: 'kicked' }), 'forbidden')
      await refused(directory.removeMember({ ...of('eve', by), reason: 'banned' }), 'forbidden')
    }
    assert.deepEqual(await pending(directory), before)
    await directory.setMember({ ...of('carl', 'bob'), role: 'admin' })
    await directory.removeMember({ ...of('carl', 'bob'), reason: 'kicked' })
  })

  test('I8: of two that demote each other at once, only one does', async (directory) => {
    await withRanks(directory)
    for (const userId of ['bob', 'carl']) {
      await directory.setMember({ channelId, userId, role: 'owner' })
    }
    const demotions = [
      directory.setMember({ ...of('bob', 'carl'), role: 'member' }),
      directory.setMember({ ...of('carl', 'bob'), role: 'member' }),
    ]
    const settled = await Promise.allSettled(demotions)
    assert.deepEqual(settled.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    for (const one of settled) {
      if (one.status === 'rejected') await refused(Promise.reject(one.reason), 'forbidden')
    }
  })

  test('I8: of two that remove each other at once, only one does', async (directory) => {
    await withRanks(directory)
    await directory.setMember({ channelId, userId: 'carl', role: 'admin' })
    const settled = await Promise.allSettled([
      directory.removeMember({ ...of('bob', 'carl'), reason: 'kicked' }),
      directory.removeMember({ ...of('carl', 'bob'), reason: 'kicked' }),
    ])
    assert.deepEqual(settled.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    assert.equal((await directory.members(channelId, { limit: 10 })).length, 2)
  })

  test('I8: nobody gives a history that they do not have, and who is let in by them sees no more', async (directory) => {
    await withRanks(directory)
    await directory.setMember({ channelId, userId: 'bob', visibleFromSeq: 5 })
    await refused(directory.setMember({ ...of('carl', 'bob'), visibleFromSeq: 4 }), 'forbidden')
    await refused(directory.setMember({ ...of('bob', 'bob'), visibleFromSeq: 1 }), 'forbidden')
    const dan = await directory.setMember({ ...of('dan', 'bob'), role: 'member' })
    assert.equal(dan.value.visibleFromSeq, 5)
    const eve = await directory.setMember({ ...of('eve', 'bob'), visibleFromSeq: 7 })
    assert.equal(eve.value.visibleFromSeq, 7)
    // who is in keeps what they have, and so does who comes back
    const carl = await directory.setMember({ ...of('carl', 'bob'), role: 'read_only' })
    assert.equal(carl.value.visibleFromSeq, undefined)
    await directory.removeMember({ ...of('eve', 'bob'), reason: 'kicked' })
    assert.equal((await directory.setMember(of('eve', 'bob'))).value.visibleFromSeq, 7)
    assert.equal((await directory.setMember(of('eve', 'ada'))).value.visibleFromSeq, 7)
  })

  test('a role in a workspace that is not named stays as it is', async (directory) => {
    await withPeople(directory, 'w', 'ada')
    const ada = { workspaceId: 'w', userId: 'ada', role: 'admin' } as const
    assert.deepEqual(await directory.setWorkspaceMember(ada), ada)
    const unnamed = { workspaceId: 'w', userId: 'ada' }
    assert.deepEqual(await directory.setWorkspaceMember(unnamed), ada)
    assert.deepEqual(await directory.workspaceMember('w', 'ada'), ada)
    const bob = { workspaceId: 'w', userId: 'bob' }
    assert.deepEqual(await directory.setWorkspaceMember(bob), { ...bob, role: 'member' })
  })

  test('I8: nobody changes in a workspace who is above them, or gives more than they are', async (directory) => {
    await withPeople(directory, 'w', 'ada', 'bob', 'carl')
    const put = (userId: string, role: Role, by?: string) =>
      directory.setWorkspaceMember({ workspaceId: 'w', userId, role, ...(by && { by }) })
    await put('ada', 'owner')
    await put('bob', 'admin')
    await refused(put('ada', 'member', 'bob'), 'forbidden')
    await refused(put('carl', 'owner', 'bob'), 'forbidden')
    await refused(directory.removeWorkspaceMember('w', 'ada', 'bob'), 'forbidden')
    for (const by of ['carl', 'zoe']) {
      await refused(put('dan', 'member', by), 'forbidden')
      await refused(directory.removeWorkspaceMember('w', 'bob', by), 'forbidden')
    }
    await put('carl', 'admin', 'bob')
    await directory.removeWorkspaceMember('w', 'carl', 'bob')
    const members = await directory.workspaceMembers('w', { limit: 10 })
    assert.deepEqual(
      members.map(({ userId, role }) => [userId, role]),
      [
        ['ada', 'owner'],
        ['bob', 'admin'],
      ],
    )
  })

  test('I8: of two that demote each other in a workspace at once, or remove, only one does', async (directory) => {
    await withPeople(directory, 'w', 'ada', 'bob')
    const demoted = (userId: string, by: string) =>
      directory.setWorkspaceMember({ workspaceId: 'w', userId, role: 'member', by })
    const removed = (userId: string, by: string) => directory.removeWorkspaceMember('w', userId, by)
    for (const change of [demoted, removed]) {
      for (const userId of ['ada', 'bob']) {
        await directory.setWorkspaceMember({ workspaceId: 'w', userId, role: 'admin' })
      }
      const settled = await Promise.allSettled([change('ada', 'bob'), change('bob', 'ada')])
      assert.deepEqual(settled.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
      for (const one of settled) {
        if (one.status === 'rejected') await refused(Promise.reject(one.reason), 'forbidden')
      }
    }
  })
}
