import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.js'

let server: TestServer
const CHANNELS = 23
beforeAll(async () => {
  server = await startTestServer()
  const { admin } = server.tidings
  await admin.upsertWorkspace({ workspaceId: 'w', name: 'W' })
  for (let i = 0; i < CHANNELS; i++) {
    const channelId = i === 7 ? '漢字/ü?#%' : `c${i}`
    await admin.upsertChannel({ workspaceId: 'w', channelId, ownerId: 'alice' })
  }
  await admin.upsertChannel({ workspaceId: 'w', channelId: 'big', ownerId: 'alice' })
  for (let i = 0; i < 12; i++) await admin.upsertMember({ channelId: 'big', userId: `user ${i}` })
  for (let i = 0; i < 5; i++) {
    await admin.upsertWorkspace({ workspaceId: `w${i}` })
    await admin.upsertWorkspaceMember({ workspaceId: `w${i}`, userId: 'alice' })
  }
})
afterAll(() => server.end())

/** Follows the cursors to the end. */
async function pages(path: string, limit: number): Promise<string[][]> {
  const all: string[][] = []
  let cursor = ''
  for (;;) {
    const answer = await server.call('alice', 'GET', `${path}?limit=${limit}${cursor}`)
    expect(answer.status).toBe(200)
    const { items, next_cursor } = answer.body.data
    all.push(
      items.map(
        (item: Record<string, string>) => item.user_id ?? item.channel_id ?? item.workspace_id,
      ),
    )
    if (next_cursor === undefined) return all
    cursor = `&cursor=${encodeURIComponent(next_cursor)}`
  }
}

const LISTS = [
  ['/v1/channels', CHANNELS + 1],
  ['/v1/workspaces', 6],
  ['/v1/workspaces/w/members', 13],
  ['/v1/workspaces/w/channels', CHANNELS + 1],
  ['/v1/channels/big/members', 13],
] as const

describe.each(LISTS)('[P-89] the list %s', (path, count) => {
  it.each([1, 4, 100])('holds each once over its pages of %i', async (limit) => {
    const read = await pages(path, limit)
    const ids = read.flat()
    expect(ids).toHaveLength(count)
    expect(new Set(ids).size).toBe(count)
    for (const page of read) expect(page.length).toBeLessThanOrEqual(limit)
    for (const page of read.slice(0, -1)) expect(page.length).toBe(limit)
  })

  it('refuses another limit than 1 to 100', async () => {
    for (const limit of ['0', '101', '1.5', 'all']) {
      const answer = await server.call('alice', 'GET', `${path}?limit=${limit}`)
      expect([limit, answer.status, answer.body.error.code]).toEqual([limit, 400, 'invalid_frame'])
    }
  })

  it('refuses a cursor that it did not give', async () => {
    for (const cursor of ['!', 'a%20b', '%E2%82%AC', 'x'.repeat(513), '_____w', 'YQBi']) {
      const answer = await server.call('alice', 'GET', `${path}?cursor=${cursor}`)
      expect([cursor, answer.status, answer.body.error.code]).toEqual([
        cursor,
        400,
        'invalid_frame',
      ])
    }
  })

  it('takes no offset', async () => {
    const [all] = await pages(path, 100)
    const answer = await server.call('alice', 'GET', `${path}?limit=100&offset=2&page=2`)
    expect(answer.body.data.items).toHaveLength(all?.length ?? 0)
  })
})
