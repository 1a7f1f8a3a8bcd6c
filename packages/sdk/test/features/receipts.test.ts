import { describe, expect, it } from 'vitest'
import { receipts } from '../../src/features/receipts/index.js'
import { testEntry } from '../../src/testing/frames.js'
import type { AnyEnvelope, VirtualServerSocket } from '../../src/testing/virtual-socket.js'
import { NOTHING, over } from '../client/set-up.js'
import { changesOf, setUp as setUpWith } from './set-up.js'

interface Row {
  readonly user_id: string
  readonly read_seq?: number
  readonly delivered_seq?: number
}

const at = (channelSeq: number, epoch = 1) => ({ epoch, channelSeq })
const read = (seq: number, channelId = 'general') =>
  `.read {"channel_id":"${channelId}","seq":${seq}}`
const delivered = (seq: number) => `.delivered {"channel_id":"general","seq":${seq}}`
const request = 's.request {"channel_id":"general"}'

const update = (userId: string, kind: string, seq: number, more: object = {}) => ({
  type: 'receipt.update',
  channel_id: 'general',
  user_id: userId,
  kind,
  seq,
  message_count: seq,
  ...more,
})

/** A server that knows who has read what, and keeps nothing. */
async function setUp(rows: readonly Row[] = [], options: Parameters<typeof receipts>[0] = {}) {
  const world = await setUpWith(receipts({ delivered: false, ...options }), 'receipt')
  const table: { rows: readonly Row[] } = { rows }
  const answer = ({ type, ref }: AnyEnvelope, socket: VirtualServerSocket): void => {
    if (type !== 'receipts.request') return
    socket.send({ type: 'receipts.page', ref, channel_id: 'general', receipts: table.rows })
  }
  world.answers.take = answer
  return { ...world, table, answer, general: world.api.in('general') }
}

describe('what this user has read', () => {
  it('is said at once, then at most once a second, and only the newest of it', async () => {
    const { world, general, heard } = await setUp()
    general.read(at(1))
    general.read(at(2))
    expect(await heard()).toEqual([read(2)])
    general.read(at(3))
    general.read(at(4))
    expect(await heard()).toEqual([])
    await world.advance(1_000)
    expect(await heard()).toEqual([read(4)])
    await world.advance(60_000)
    expect(await heard()).toEqual([])
  })

  it('[P-91] only rises: by epoch first, by number then', async () => {
    const { world, general, heard } = await setUp()
    general.read(at(5))
    general.read(at(4))
    general.read(at(5))
    expect(await heard()).toEqual([read(5)])
    general.read(at(2, 2))
    general.read(at(9))
    await world.advance(1_000)
    expect(await heard()).toEqual(['.read {"channel_id":"general","epoch":2,"seq":2}'])
    expect(general.getSnapshot().readSeq).toBe(2)
  })

  it('of many channels is said in portions', async () => {
    const { world, api, heard } = await setUp()
    for (let n = 1; n <= 50; n += 1) api.in(`c${n}`).read(at(1))
    expect(await heard()).toHaveLength(20)
    await world.advance(1_000)
    expect(await heard()).toHaveLength(20)
    await world.advance(1_000)
    expect(await heard()).toEqual(Array.from({ length: 10 }, (_, n) => read(1, `c${n + 41}`)))
  })

  it('lowers the unread count at once, here and from another device', async () => {
    const { client, server, world, general, tell } = await setUp()
    for (let n = 1; n <= 5; n += 1) server.say(`${n}`)
    await world.advance(5)
    const counts: number[] = []
    const channel = client.channel('general')
    channel.on('info', ({ unreadCount }) => counts.push(unreadCount))
    expect(channel.unreadCount).toBe(5)
    general.read({ ...at(2), messageCount: 2 })
    general.read({ ...at(1), messageCount: 1 })
    await tell(update('alice', 'read', 4))
    await tell(update('alice', 'read', 3), update('bob', 'read', 5))
    expect(counts).toEqual([3, 1])
    expect(general.getSnapshot().readSeq).toBe(4)
  })

  it('[P-93] is the higher of what the server says and what is known, over a reconnect too', async () => {
    const { client, server, world, general, reconnect, tell } = await setUp()
    for (let n = 1; n <= 5; n += 1) server.say(`${n}`)
    await world.advance(5)
    general.read({ ...at(3), messageCount: 3 })
    await reconnect()
    expect(client.channel('general').unreadCount).toBe(2)
    const entry = { head_seq: 5, message_count: 5, read_seq: 4, read_message_count: 4 }
    await tell({ type: 'channel.changed', channel: testEntry(entry) })
    expect(client.channel('general').unreadCount).toBe(1)
    expect(general.getSnapshot().readSeq).toBe(4)
  })

  it('while offline is said on the next connection, once', async () => {
    const { world, general, heard, reconnect } = await setUp()
    await reconnect(() => {
      general.read(at(1))
      general.read(at(2))
    })
    expect(await heard()).toEqual([read(2)])
    await world.advance(60_000)
    expect(await heard()).toEqual([])
  })

  it('is said again, once, where the line was cut soon after', async () => {
    const { world, general, heard, reconnect } = await setUp()
    general.read(at(1))
    expect(await heard()).toEqual([read(1)])
    await reconnect()
    expect(await heard()).toEqual([read(1)])
    await world.advance(60_000)
    expect(await heard()).toEqual([])
  })

  it('[P-94] is said again when an entry names a lower mark, and not when it names this one', async () => {
    const { world, general, heard, tell } = await setUp()
    general.read(at(3))
    await world.advance(60_000)
    expect(await heard()).toEqual([read(3)])
    await tell({ type: 'channel.changed', channel: testEntry({ head_seq: 5, read_seq: 3 }) })
    await world.advance(1_000)
    expect(await heard()).toEqual([])
    await tell({ type: 'channel.changed', channel: testEntry({ head_seq: 5, read_seq: 2 }) })
    expect(await heard()).toEqual([read(3)])
  })

  it('takes own messages as read without a word', async () => {
    const { world, client, general, heard } = await setUp()
    await over(world, client.channel('general').send('Hello'))
    await world.advance(10)
    expect(general.getSnapshot().readSeq).toBe(1)
    general.read(at(1))
    expect(await heard()).toEqual([])
  })

  it('[P-93] takes own messages of another device as read, also where they are caught up on', async () => {
    const { server, world, general, heard, reconnect } = await setUp()
    general.subscribe(() => {})
    await world.advance(100)
    await reconnect(() => server.say('from the other device', 'alice'))
    await world.advance(2_000)
    expect(general.getSnapshot().readSeq).toBe(1)
    await heard()
    general.read(at(1))
    expect(await heard()).toEqual([])
  })

  it('is lowered by a reset of the channel', async () => {
    const { world, general, heard, tell } = await setUp()
    general.read(at(9))
    await world.advance(60_000)
    await heard()
    await tell({ type: 'channel.reset', channel_id: 'general', epoch: 2, from_seq: 6 })
    general.read(at(6, 2))
    await world.advance(60_000)
    expect(await heard()).toEqual([])
    general.read(at(7, 2))
    expect(await heard()).toEqual(['.read {"channel_id":"general","epoch":2,"seq":7}'])
  })

  it('[P-91] takes a message from before the reset for at most where numbering began anew', async () => {
    const { client, server, world, general, heard, tell } = await setUp()
    for (let n = 1; n <= 5; n += 1) server.say(`${n}`)
    await world.advance(5)
    await tell({ type: 'channel.reset', channel_id: 'general', epoch: 2, from_seq: 2 })
    general.read({ ...at(4), messageCount: 4 })
    expect(await heard()).toEqual(['.read {"channel_id":"general","epoch":2,"seq":2}'])
    await tell(update('alice', 'read', 5))
    expect(general.getSnapshot().readSeq).toBe(2)
    expect(client.channel('general').info?.readMessageCount).toBe(0)
  })

  it('[P-91] says nothing of a message that an entry voids altogether', async () => {
    const { general, world, heard, tell } = await setUp()
    const entry = testEntry({ epoch: 2, from_seq: 0 })
    await tell({ type: 'channel.changed', channel: entry })
    general.read({ ...at(4), messageCount: 4 })
    await world.advance(5_000)
    expect(await heard()).toEqual([])
    expect(general.getSnapshot().readSeq).toBeUndefined()
  })

  it('waits where the server says so, and is kept from one that does not know it', async () => {
    const { world, general, answers, heard, reconnect } = await setUp()
    answers.take = ({ ref }, socket) =>
      socket.send({
        type: 'error',
        ref,
        code: 'rate_limited',
        message: '',
        retryable: true,
        retry_after_ms: 3_000,
      })
    general.read(at(1))
    expect(await heard()).toEqual([read(1)])
    answers.take = ({ ref }, socket) =>
      socket.send({ type: 'error', ref, code: 'unknown_type', message: '', retryable: false })
    await world.advance(2_900)
    expect(await heard()).toEqual([])
    await world.advance(200)
    expect(await heard()).toEqual([read(1)])
    general.read(at(2))
    await world.advance(60_000)
    expect(await heard()).toEqual([])
    await reconnect()
    expect(await heard()).toEqual([read(2)])
  })
})

describe('what has been delivered', () => {
  it('is told of messages of others as they come, not all devices at once', async () => {
    const { server, world, heard } = await setUp([], { delivered: true })
    server.say('one')
    server.say('two')
    server.say('mine', 'alice')
    await world.advance(1_000)
    expect(await heard()).toEqual([delivered(2)])
  })

  it('is told of what was caught up on, where somebody watches', async () => {
    const { server, world, general, heard, reconnect } = await setUp([], { delivered: true })
    general.subscribe(() => {})
    await world.advance(100)
    await reconnect(() => server.say('while away'))
    await world.advance(2_000)
    expect(await heard()).toContain(delivered(1))
  })

  it('can be turned off', async () => {
    const { server, world, heard } = await setUp()
    server.say('one')
    await world.advance(5_000)
    expect(await heard()).toEqual([])
  })
})

describe('how far the others are', () => {
  it('[P-95] is asked for by the first listener, page by page, and followed from then on', async () => {
    const { general, answers, heard, tell } = await setUp()
    answers.take = ({ ref, cursor }, socket) =>
      socket.send({
        type: 'receipts.page',
        ref,
        channel_id: 'general',
        receipts: cursor
          ? [{ user_id: 'carol', delivered_seq: 5 }]
          : [{ user_id: 'bob', read_seq: 3, delivered_seq: 4 }, 7, {}],
        ...(!cursor && { cursor: 'next' }),
      })
    general.subscribe(() => {})
    expect(await heard()).toEqual([request, 's.request {"channel_id":"general","cursor":"next"}'])
    expect(general.getSnapshot().isCurrent).toBe(true)
    expect([1, 3, 4, 5, 6].map((seq) => general.stateOf(at(seq)))).toEqual([
      'read',
      'read',
      'delivered',
      'delivered',
      'sent',
    ])
    const changes = changesOf(general)
    await tell(update('bob', 'read', 5), update('bob', 'read', 2), update('dave', 'delivered', 6))
    expect(changes()).toBe(2)
    expect(general.seenBy(at(5))).toEqual(['bob'])
    expect(general.stateOf(at(6))).toBe('delivered')
  })

  it('does not count this user, nor an author as a reader of their own message', async () => {
    const { general, heard } = await setUp([
      { user_id: 'alice', read_seq: 9 },
      { user_id: 'bob', read_seq: 9 },
      { user_id: 'carol', read_seq: 9 },
    ])
    general.subscribe(() => {})
    await heard()
    expect(general.seenBy({ ...at(9), userId: 'alice' })).toEqual(['bob', 'carol'])
    expect(general.seenBy({ ...at(9), userId: 'bob' })).toEqual(['carol'])
  })

  it('is asked for again after a reconnect, and keeps what it was meanwhile', async () => {
    const { general, table, heard, reconnect } = await setUp([{ user_id: 'bob', read_seq: 3 }])
    general.subscribe(() => {})
    await heard()
    await reconnect(() => {
      expect(general.getSnapshot().isCurrent).toBe(false)
      expect(general.stateOf(at(3))).toBe('read')
      table.rows = [{ user_id: 'bob', read_seq: 8 }]
    })
    expect(await heard()).toEqual([request])
    expect(general.stateOf(at(8))).toBe('read')
  })

  it('is asked for anew after a failure, and not of a server that does not know it', async () => {
    const { general, answers, answer, heard, world } = await setUp([
      { user_id: 'bob', read_seq: 3 },
    ])
    answers.take = ({ ref }, socket) =>
      socket.send({ type: 'error', ref, code: 'unavailable', message: '', retryable: true })
    const off = general.subscribe(() => {})
    expect(await heard()).toEqual([request])
    answers.take = answer
    await world.advance(5_000)
    expect(await heard()).toEqual([request])
    expect(general.getSnapshot().isCurrent).toBe(true)
    off()
    general.subscribe(() => {})
    expect(await heard()).toEqual([])
  })

  it('is counted by the server, for channels of any size', async () => {
    const { world, general, answers, said } = await setUp()
    answers.take = ({ ref }, socket) =>
      socket.send({
        type: 'receipts.page',
        ref,
        channel_id: 'general',
        receipts: [],
        read_count: 4_000,
        delivered_count: 9_000,
      })
    const counts = await over(world, general.counts(at(7, 2)))
    expect(counts).toEqual({ read: 4_000, delivered: 9_000 })
    expect(said).toMatchObject([{ type: 'receipts.request', epoch: 2, seq: 7 }])
    expect(general.getSnapshot().members.size).toBe(0)
  })

  it('forgets who left, what a reset voids, and everything with the channel', async () => {
    const { general, heard, tell } = await setUp([
      { user_id: 'bob', read_seq: 9 },
      { user_id: 'carol', read_seq: 9 },
    ])
    general.subscribe(() => {})
    await heard()
    await tell({
      type: 'member.left',
      channel_id: 'general',
      channel_seq: 10,
      message_count: 9,
      user_id: 'carol',
      client_msg_id: 'x',
      ts: 1,
      reason: 'left',
    })
    expect(general.seenBy(at(9))).toEqual(['bob'])
    await tell({ type: 'channel.reset', channel_id: 'general', epoch: 2, from_seq: 6 })
    expect(general.stateOf(at(7))).toBe('sent')
    expect(general.stateOf(at(6))).toBe('read')
    await tell(update('bob', 'read', 9))
    expect(general.stateOf(at(9))).toBe('sent')
    await tell({ type: 'channel.removed', channel_id: 'general', last_seq: 10, reason: 'left' })
    expect(general.getSnapshot().members.size).toBe(0)
  })

  it('leaves no timer and no listener when the client is closed (I9)', async () => {
    const { world, client, page, server, general, answers } = await setUp([], { delivered: true })
    answers.take = () => {}
    general.subscribe(() => {})
    server.say('one')
    general.read(at(1))
    await world.advance(5)
    general.read(at(2))
    await over(world, client.close())
    await world.advance(5)
    expect(page.open()).toEqual(NOTHING)
    general.read(at(3))
    await world.settle()
    expect(page.open()).toEqual(NOTHING)
    expect(() => receipts({ intervalMs: 0 })).toThrow('intervalMs')
  })
})
