import { describe, expect, it } from 'vitest'
import { testEntry } from '../../src/testing/frames.js'
import { over } from '../client/set-up.js'
import { at, setUpReceipts, update } from './receipts-set-up.js'

const read = (seq: number, channelId = 'general') =>
  `.read {"channel_id":"${channelId}","seq":${seq}}`
const delivered = (seq: number) => `.delivered {"channel_id":"general","seq":${seq}}`

describe('what this user has read', () => {
  it('is said at once, then at most once a second, and only the newest of it', async () => {
    const { world, general, heard } = await setUpReceipts()
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
    const { world, general, heard } = await setUpReceipts()
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

  it('changes nothing in a channel that they were taken out of', async () => {
    const { client, general, heard, server, world, tell } = await setUpReceipts()
    server.say('1')
    await world.advance(5)
    await tell({ type: 'channel.removed', channel_id: 'general', last_seq: 1, reason: 'kicked' })
    let changes = 0
    client.channels.on('changed', () => {
      changes += 1
    })
    general.read({ ...at(1), messageCount: 1 })
    expect(await heard()).toEqual([])
    expect(changes).toBe(0)
  })

  it('of many channels is said in portions', async () => {
    const { world, api, heard } = await setUpReceipts()
    for (let n = 1; n <= 50; n += 1) api.in(`c${n}`).read(at(1))
    expect(await heard()).toHaveLength(20)
    await world.advance(1_000)
    expect(await heard()).toHaveLength(20)
    await world.advance(1_000)
    expect(await heard()).toEqual(Array.from({ length: 10 }, (_, n) => read(1, `c${n + 41}`)))
  })

  it('I7: is said also where a list names more channels than marks are kept of', async () => {
    const { world, api, heard, tell } = await setUpReceipts()
    api.in('first').read(at(1))
    expect(await heard()).toHaveLength(1)
    api.in('read').read(at(3))
    for (let page = 0; page < 11; page += 1) {
      const channels = Array.from({ length: 200 }, (_, n) =>
        testEntry({ channel_id: `c${page} ${n}`, head_seq: 5, read_seq: 4 }),
      )
      await tell({ type: 'channels.page', channels })
    }
    await world.advance(1_000)
    expect(await heard()).toEqual([read(3, 'read')])
  })

  it('lowers the unread count at once, here and from another device', async () => {
    const { client, server, world, general, tell } = await setUpReceipts()
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
    const { client, server, world, general, reconnect, tell } = await setUpReceipts()
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

  it('is known of a channel that only the list named', async () => {
    const { world, client, api, answerTo } = await setUpReceipts()
    answerTo('channels.list', ({ ref }) => ({
      type: 'channels.page',
      ref,
      channels: [testEntry({ channel_id: 'listed', head_seq: 5, read_seq: 4 })],
    }))
    const { value } = await over(world, client.channels.list().next())
    expect(value?.id).toBe('listed')
    expect(api.in('listed').getSnapshot().readSeq).toBe(4)
  })

  it('while offline is said on the next connection, once', async () => {
    const { world, general, heard, reconnect } = await setUpReceipts()
    await reconnect(() => {
      general.read(at(1))
      general.read(at(2))
    })
    expect(await heard()).toEqual([read(2)])
    await world.advance(60_000)
    expect(await heard()).toEqual([])
  })

  it('is said again, once, where the line was cut soon after', async () => {
    const { world, general, heard, reconnect } = await setUpReceipts()
    general.read(at(1))
    expect(await heard()).toEqual([read(1)])
    await reconnect()
    expect(await heard()).toEqual([read(1)])
    await world.advance(60_000)
    expect(await heard()).toEqual([])
  })

  it('[P-94] is said again when an entry names a lower mark, and not when it names this one', async () => {
    const { world, general, heard, tell } = await setUpReceipts()
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
    const { world, client, general, heard } = await setUpReceipts()
    await over(world, client.channel('general').send('Hello'))
    await world.advance(10)
    expect(general.getSnapshot().readSeq).toBe(1)
    general.read(at(1))
    expect(await heard()).toEqual([])
  })

  it('[P-93] takes own messages of another device as read, also where they are caught up on', async () => {
    const { server, world, general, heard, reconnect } = await setUpReceipts()
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
    const { world, general, heard, tell } = await setUpReceipts()
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
    const { client, server, world, general, heard, tell } = await setUpReceipts()
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
    const { general, world, heard, tell } = await setUpReceipts()
    const entry = testEntry({ epoch: 2, from_seq: 0 })
    await tell({ type: 'channel.changed', channel: entry })
    general.read({ ...at(4), messageCount: 4 })
    await world.advance(5_000)
    expect(await heard()).toEqual([])
    expect(general.getSnapshot().readSeq).toBeUndefined()
  })

  it('waits where the server says so, and is kept from one that does not know it', async () => {
    const { world, general, answers, heard, reconnect } = await setUpReceipts()
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
    const { server, world, heard } = await setUpReceipts([], { delivered: true })
    server.say('one')
    server.say('two')
    server.say('mine', 'alice')
    await world.advance(1_000)
    expect(await heard()).toEqual([delivered(2)])
  })

  it('is told of what was caught up on, where somebody watches', async () => {
    const { server, world, general, heard, reconnect } = await setUpReceipts([], {
      delivered: true,
    })
    general.subscribe(() => {})
    await world.advance(100)
    await reconnect(() => server.say('while away'))
    await world.advance(2_000)
    expect(await heard()).toContain(delivered(1))
  })

  it('can be turned off', async () => {
    const { server, world, heard } = await setUpReceipts()
    server.say('one')
    await world.advance(5_000)
    expect(await heard()).toEqual([])
  })
})
