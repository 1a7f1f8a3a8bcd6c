import { describe, expect, it } from 'vitest'
import { receipts } from '../../src/features/receipts/index.js'
import type { AnyEnvelope, VirtualServerSocket } from '../../src/testing/virtual-socket.js'
import { NOTHING, over } from '../client/set-up.js'
import { at, setUpReceipts, update } from './receipts-set-up.js'
import { changesOf } from './set-up.js'

const request = 's.request {"channel_id":"general"}'

const refuse = ({ ref }: AnyEnvelope, socket: VirtualServerSocket): void =>
  socket.send({ type: 'error', ref, code: 'channel_not_found', message: '', retryable: false })

const memberLeft = (user_id: string) => ({
  type: 'member.left',
  channel_id: 'general',
  channel_seq: 10,
  message_count: 9,
  user_id,
  client_msg_id: 'x',
  ts: 1,
  reason: 'left',
})

describe('how far the others are', () => {
  it('[P-95] is asked for by the first listener, page by page, and followed from then on', async () => {
    const { general, answers, heard, tell } = await setUpReceipts()
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
    const { general, heard } = await setUpReceipts([
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
    const { general, table, heard, reconnect } = await setUpReceipts([
      { user_id: 'bob', read_seq: 3 },
    ])
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
    const { general, answers, answer, heard, world } = await setUpReceipts([
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
    const { world, general, answers, said } = await setUpReceipts()
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

  it('I9: is not counted by a closed client, which says so', async () => {
    const { client, general, said } = await setUpReceipts()
    const asked = general.counts(at(7))
    await client.close()
    await expect(asked).rejects.toMatchObject({ code: 'closed' })
    await expect(general.counts(at(7))).rejects.toMatchObject({ code: 'closed' })
    expect(said).toHaveLength(0)
  })

  it('forgets who left, what a reset voids, and everything with the channel', async () => {
    const { general, heard, tell } = await setUpReceipts([
      { user_id: 'bob', read_seq: 9 },
      { user_id: 'carol', read_seq: 9 },
    ])
    general.subscribe(() => {})
    await heard()
    await tell(memberLeft('carol'))
    expect(general.seenBy(at(9))).toEqual(['bob'])
    await tell({ type: 'channel.reset', channel_id: 'general', epoch: 2, from_seq: 6 })
    expect(general.stateOf(at(7))).toBe('sent')
    expect(general.stateOf(at(6))).toBe('read')
    await tell(update('bob', 'read', 9))
    expect(general.stateOf(at(9))).toBe('sent')
    await tell({ type: 'channel.removed', channel_id: 'general', last_seq: 10, reason: 'left' })
    expect(general.getSnapshot().members.size).toBe(0)
  })

  it('forgets who left right behind the page that names them', async () => {
    const { general, answers, heard } = await setUpReceipts()
    const rows = ['bob', 'carol'].map((user_id) => ({ user_id, read_seq: 9 }))
    answers.take = ({ ref }, socket) =>
      socket.send(
        { type: 'receipts.page', ref, channel_id: 'general', receipts: rows },
        memberLeft('carol'),
      )
    general.subscribe(() => {})
    expect(await heard()).toEqual([request])
    expect(general.seenBy(at(9))).toEqual(['bob'])
  })

  it('is forgotten with a channel that a greeting says is gone', async () => {
    const world = await setUpReceipts([{ user_id: 'bob', read_seq: 9 }])
    const { general, heard, reconnect, answers, greetsWithout } = world
    general.subscribe(() => {})
    await heard()
    expect(general.seenBy(at(9))).toEqual(['bob'])
    answers.take = refuse
    greetsWithout()
    await reconnect()
    expect(general.seenBy(at(9))).toEqual([])
  })

  it('is asked for again where an answer is the first to say that the channel is theirs', async () => {
    const { api, heard, answers, answer, listed } = await setUpReceipts()
    answers.take = (envelope, socket) => {
      refuse(envelope, socket)
      answers.take = answer
    }
    // it listens to the channel, and so asks whether it is theirs
    const made = api.in('made')
    made.subscribe(() => {})
    await listed('made')
    expect(await heard()).toHaveLength(2)
    expect(made.getSnapshot().isCurrent).toBe(true)
  })

  it('is not current, and read again by the next to listen, where a newer epoch was heard of before its reset', async () => {
    const { general, heard, tell } = await setUpReceipts([{ user_id: 'bob', read_seq: 6 }])
    const off = general.subscribe(() => {})
    await heard()
    off()
    await tell(update('carol', 'read', 7, { epoch: 2 }))
    expect(general.getSnapshot().isCurrent).toBe(false)
    general.subscribe(() => {})
    expect(await heard()).toHaveLength(1)
  })

  it('leaves no timer and no listener when the client is closed (I9)', async () => {
    const { world, client, page, server, general, answers } = await setUpReceipts([], {
      delivered: true,
    })
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
