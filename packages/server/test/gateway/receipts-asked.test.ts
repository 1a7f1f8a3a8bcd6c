import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { channelOf, openReceipts, type ReceiptsWorld, receipt, say } from './receipts-set-up.js'
import type { FakeSocket } from './socket.js'
import type { World } from './world.js'

let world: World
let receipts: ReceiptsWorld['receipts']
let breakable: ReceiptsWorld['breakable']
let alice: FakeSocket
let bob: FakeSocket

beforeEach(async () => {
  ;({ world, receipts, breakable, alice, bob } = await openReceipts())
})
afterEach(() => world.close())

let refs = 0
async function request(socket: FakeSocket, over = {}) {
  const ref = `r${++refs}`
  socket.say({ type: 'receipts.request', ref, channel_id: 'c1', ...over })
  await world.environment.settle()
  return socket.received().find((envelope) => envelope.ref === ref)
}

describe('receipts that are asked for', () => {
  it('[P-95] a request is answered by how far each member is, and how many have a number', async () => {
    for (let i = 0; i < 3; i++) await world.send('c1', 'alice')
    await world.join('c1', 'carol')
    await world.join('c1', 'dora')
    await say(world, bob, receipt(4), receipt(5, { type: 'receipt.delivered' }))
    const carol = await world.connect('carol')
    await say(world, carol, receipt(3))
    await world.environment.advance(1_000)
    expect(await request(alice, { seq: 4 })).toEqual({
      type: 'receipts.page',
      ref: expect.any(String),
      channel_id: 'c1',
      receipts: [
        { user_id: 'alice', read_seq: 5 },
        { user_id: 'bob', read_seq: 4, delivered_seq: 5 },
        { user_id: 'carol', read_seq: 3 },
      ],
      read_count: 2,
      delivered_count: 1,
    })
    await world.remove('c1', 'carol')
    const after = await request(alice, { seq: 3 })
    expect(after).toMatchObject({ read_count: 2 })
    expect(after.receipts).toHaveLength(2)
  })

  it('[P-95] a cursor that no page named is refused, and asked of nobody', async () => {
    for (const cursor of ['a\u0000b', 'x'.repeat(65)]) {
      breakable.isAway = true
      const answer = await request(alice, { cursor })
      expect(answer).toMatchObject({ type: 'error', code: 'invalid_frame' })
      expect(answer?.message).toMatch(/^cursor: /)
    }
  })

  it('[P-95] pages hold each member once, and above 1,000 members there are only counts', async () => {
    const users = Array.from({ length: 450 }, (_, i) => `u${1_000 + i}`)
    for (const userId of users) {
      await world.directory.port.setWorkspaceMember({ workspaceId: 'w1', userId, role: 'member' })
      await world.directory.port.setMember({ channelId: 'c1', userId, role: 'member' })
    }
    await receipts.raise(
      users.map((userId) => ({
        kind: 'read' as const,
        channelId: 'c1',
        userId,
        epoch: 1,
        seq: 1,
        messageCount: 0,
      })),
    )
    const listed: string[] = []
    let cursor: string | undefined
    do {
      const page = await request(alice, cursor === undefined ? {} : { cursor })
      expect(page.receipts.length).toBeLessThanOrEqual(200)
      listed.push(...page.receipts.map((one: { user_id: string }) => one.user_id))
      cursor = page.cursor
    } while (cursor !== undefined)
    expect(listed).toEqual(users)
    channelOf(world, 'c1').memberCount = 1_001
    expect(await request(alice, { seq: 1 })).toMatchObject({
      receipts: [],
      read_count: 450,
      delivered_count: 0,
    })
  })

  it('[P-95] I8: who is no member is refused', async () => {
    await world.members('private', 'alice')
    expect(await request(bob, { channel_id: 'private' })).toMatchObject({
      code: 'channel_not_found',
    })
  })
})
