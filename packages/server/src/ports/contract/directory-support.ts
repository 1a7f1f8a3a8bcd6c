import assert from 'node:assert/strict'
import { type Cursor, type Directory, DirectoryError, type OutboxEntry } from '../directory.js'

/** Users of a workspace, which is made. */
export async function withPeople(
  directory: Directory,
  workspaceId: string,
  ...userIds: readonly string[]
): Promise<void> {
  await directory.upsertWorkspace({ workspaceId })
  for (const userId of userIds) {
    await directory.setWorkspaceMember({ workspaceId, userId, role: 'member' })
  }
}

/** A workspace `w` of ada, its owner, bob, carl, dan and eve, with a public channel `general` that belongs to ada. */
export async function withChannel(directory: Directory): Promise<void> {
  await withPeople(directory, 'w', 'ada', 'bob', 'carl', 'dan', 'eve')
  await directory.setWorkspaceMember({ workspaceId: 'w', userId: 'ada', role: 'owner' })
  await directory.upsertChannel({
    channelId: 'general',
    workspaceId: 'w',
    kind: 'public',
    ownerId: 'ada',
  })
}

export async function refused(work: Promise<unknown>, code: DirectoryError['code']): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof DirectoryError, `a DirectoryError, not ${String(error)}`)
    assert.equal(error.code, code)
    assert.notEqual(error.message, '')
    return true
  })
}

/** Everything of a list, page by page, with the id that each item is listed by. */
export async function listed<T>(
  read: (cursor: Cursor) => Promise<readonly T[]>,
  idOf: (item: T) => string,
  limit = 2,
): Promise<readonly T[]> {
  const all: T[] = []
  for (;;) {
    const last = all.at(-1)
    const page = await read({ limit, ...(last !== undefined && { after: idOf(last) }) })
    assert.ok(page.length <= limit, 'a page holds no more than was asked')
    all.push(...page)
    if (page.length < limit) return all
  }
}

/** Entries without what no case can foresee. */
export const plain = (entries: readonly OutboxEntry[]) =>
  entries.map(({ channelId, userId, payload }) => ({ channelId, userId, payload }))

/** Every entry that is not done yet, of all channels, oldest first. */
export async function pending(directory: Directory): Promise<readonly OutboxEntry[]> {
  const channelIds = await listed(directory.outboxChannels, (channelId) => channelId)
  const entries = await Promise.all(channelIds.map((id) => directory.outbox(id, 10_000)))
  return entries.flat().sort((a, b) => a.entryId - b.entryId)
}
