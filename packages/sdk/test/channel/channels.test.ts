import { describe, expect, it } from 'vitest'
import { TidingsError } from '../../src/errors.js'
import { testAck } from '../../src/testing/frames.js'
import { FakeChannel } from './fake-channel.js'
import { type Asked, Line } from './fake-server.js'

function watch(line: Line): () => string[] {
  const said: string[] = []
  line.sync.channels.on('added', ({ channel }) => said.push(`added ${channel.id}`))
  line.sync.channels.on('changed', ({ channel }) =>
    said.push(`changed ${channel.id} ${channel.info?.headSeq} ${channel.unreadCount}`),
  )
  line.sync.channels.on('removed', ({ channel, reason }) =>
    said.push(`removed ${channel.id} ${reason}`),
  )
  return () => said.splice(0)
}

describe("a user's channels", () => {
  it('are listed page by page, as handles with head and unread', async () => {
    const line = new Line({}, ['a', 'b', 'c'])
    line.channel('b').append({ type: 'message.new', text: '' })
    line.onRequest = ({ frame, answer }) => {
      if (frame.type !== 'channels.list') return
      const at = Number(frame.cursor ?? 0)
      const id = ['a', 'b', 'c'][at] ?? ''
      const cursor = at < 2 ? `${at + 1}` : undefined
      answer({ type: 'channels.page', channels: [line.channel(id).entry()], cursor })
    }
    const listed: string[] = []
    const list = (async () => {
      for await (const { id, info, unreadCount } of line.sync.channels.list()) {
        listed.push(`${id} ${info?.headSeq} ${unreadCount}`)
      }
    })()
    line.connect()
    await line.settle()
    await list
    expect(listed).toEqual(['a 0 0', 'b 1 1', 'c 0 0'])
  })

  it('are told when they change, dormant ones too', async () => {
    const line = new Line()
    const said = watch(line)
    line.connect()
    expect(said()).toEqual([])
    line.say('one')
    line.happen({ type: 'member.joined', role: 'member' })
    line.connection.receive({ ...line.channel().headFrame(), head_seq: 9, message_count: 7 })
    expect(said()).toEqual(['changed general 1 1', 'changed general 2 1', 'changed general 9 7'])
    line.connection.receive({
      type: 'channel.changed',
      channel: { ...line.channel().entry(), name: 'lobby', head_seq: 9, message_count: 7 },
    })
    expect(said()).toHaveLength(1)
    expect(line.sync.channel('general').info).toMatchObject({ name: 'lobby', role: 'member' })
    const { info } = line.sync.channel('general')
    line.connection.disconnect()
    line.channels.clear()
    line.connect()
    expect(line.sync.channel('general').info).toBe(info)
    expect(line.requests).toEqual([])
  })

  it('are told when the user joins and leaves, while connected or not', () => {
    const line = new Line({}, ['a', 'b'])
    const said = watch(line)
    line.connect()
    line.channels.delete('b')
    line.connection.receive({
      type: 'channel.removed',
      channel_id: 'b',
      last_seq: 0,
      reason: 'left',
    })
    line.connection.receive({
      type: 'channel.added',
      channel: { ...line.channel('a').entry(), channel_id: 'c' },
    })
    expect(said()).toEqual(['removed b left', 'added c'])
    line.connection.disconnect()
    line.channels.set('b', new FakeChannel('b'))
    line.channels.set('d', new FakeChannel('d'))
    line.connect()
    expect(said()).toEqual(['added b', 'added d'])
  })

  it('are told when a later page of a greeting names them, but not of the first greeting', () => {
    const line = new Line({}, ['a'])
    const said = watch(line)
    line.connect()
    const page = (id: string): void =>
      line.connection.receive({ type: 'channels.page', channels: [new FakeChannel(id).entry()] })
    page('b')
    expect(said()).toEqual([])
    line.connection.disconnect()
    line.connect()
    page('b')
    page('c')
    expect(said()).toEqual(['added c'])
  })

  it('are told when one that was opened by its id turns out to be theirs, before or without being added', async () => {
    const line = new Line({}, ['a'])
    const said = watch(line)
    line.connect()
    line.channels.set('made', new FakeChannel('made'))
    line.sync.channel('made').on('message', () => {})
    await line.settle()
    await line.advance(100)
    expect(line.requests).toEqual([{ type: 'channels.list', channel_ids: ['made'] }])
    expect(said()).toEqual(['added made'])
    line.connection.receive({ type: 'channel.added', channel: line.channel('made').entry() })
    expect(said()).toEqual([])
  })

  it('are not told as added by the pages of a list', async () => {
    const line = new Line({}, ['a'])
    const said = watch(line)
    line.connect()
    line.channels.set('b', new FakeChannel('b'))
    const listed: string[] = []
    const list = (async () => {
      for await (const { id } of line.sync.channels.list()) listed.push(id)
    })()
    await line.advance(100)
    await list
    expect(listed).toEqual(['a', 'b'])
    expect(said()).toEqual([])
  })

  it('are told once when they went while the line was cut, opened or not', async () => {
    const line = new Line({}, ['opened', 'seen', 'kept'])
    const said = watch(line)
    line.connect()
    line.sync.channel('opened').on('message', () => {})
    await line.settle()
    for (let round = 0; round < 2; round += 1) {
      line.connection.disconnect()
      line.channels.delete('opened')
      line.channels.delete('seen')
      line.connect()
      await line.advance(100)
    }
    expect(said()).toEqual(['removed opened left', 'removed seen not_found'])
    expect(line.requests).toEqual([{ type: 'channels.list', channel_ids: ['seen'] }])
  })

  it('are told as added again by whatever says so first, a page of a list too', async () => {
    const line = new Line({}, ['a', 'b'])
    const said = watch(line)
    line.connect()
    line.connection.receive({
      type: 'channel.removed',
      channel_id: 'b',
      last_seq: 0,
      reason: 'left',
    })
    const list = (async () => {
      for await (const _ of line.sync.channels.list());
    })()
    await line.advance(100)
    await list
    line.connection.receive({ type: 'channel.added', channel: line.channel('b').entry() })
    expect(said()).toEqual(['removed b left', 'added b'])
  })

  it('are not listed when the user left while the ones before them were looked at', async () => {
    const line = new Line({}, ['a', 'b', 'c'])
    line.connect()
    const listed: string[] = []
    const list = (async () => {
      for await (const { id } of line.sync.channels.list()) {
        listed.push(id)
        const channel_id = 'b'
        line.connection.receive({
          type: 'channel.removed',
          channel_id,
          last_seq: 0,
          reason: 'left',
        })
      }
    })()
    await line.advance(100)
    await list
    expect(listed).toEqual(['a', 'c'])
  })

  it('are not listed, nor told, when the user left right behind the page that names them', async () => {
    const line = new Line({}, ['a', 'b'])
    const said = watch(line)
    line.connect()
    const listed: string[] = []
    const list = (async () => {
      for await (const { id } of line.sync.channels.list()) listed.push(id)
    })()
    line.onRequest = ({ answer }) => {
      const entries = ['a', 'b'].map((id) => line.channel(id).entry())
      answer({ type: 'channels.page', channels: entries })
      line.connection.receive({
        type: 'channel.removed',
        channel_id: 'b',
        last_seq: 0,
        reason: 'left',
      })
    }
    await line.advance(100)
    await list
    expect(listed).toEqual(['a'])
    expect(said()).toEqual(['removed b left'])
    expect(line.sync.channel('b').state).toBe('removed')
  })

  it('keep the counts of what came right behind an answer that names them', async () => {
    const line = new Line({}, ['a'])
    line.connect()
    line.onRequest = ({ answer }) => {
      const before = line.channel('a').entry()
      answer({ type: 'channels.page', channels: [before] })
      const head = { ...line.channel('a').headFrame(), head_seq: 1, message_count: 1 }
      line.connection.receive(head)
    }
    for await (const { info } of line.sync.channels.list()) expect(info?.headSeq).toBe(1)
    expect(line.sync.channel('a').unreadCount).toBe(1)
  })

  it('are told once, as added, when the user is back', async () => {
    const line = new Line({}, ['a'])
    const said = watch(line)
    line.connect()
    const reason = 'kicked'
    line.connection.receive({ type: 'channel.removed', channel_id: 'a', last_seq: 0, reason })
    const channel = { ...line.channel('a').entry(), name: 'lobby' }
    line.connection.receive({ type: 'channel.added', channel })
    expect(said()).toEqual(['removed a kicked', 'added a'])
  })

  it('are not told as gone for a list from before the user was added again', async () => {
    const line = new Line({}, ['back', 'gone'])
    const said = watch(line)
    line.connect()
    line.connection.disconnect()
    const entry = line.channel('back').entry()
    line.channels.clear()
    const asked: Asked[] = []
    line.onRequest = (request) => asked.push(request)
    line.connect()
    await line.settle()
    expect(asked).toMatchObject([{ frame: { channel_ids: ['back', 'gone'] } }])
    line.connection.receive({ type: 'channel.added', channel: entry })
    asked[0]?.answer({ type: 'channels.page', channels: [] })
    await line.settle()
    expect(said()).toEqual(['removed gone not_found'])
    expect(line.sync.channel('back').state).not.toBe('removed')
  })

  it('are followed again, or told as removed, where a later greeting has no room for them', async () => {
    const many = Array.from({ length: 250 }, (_, n) => `c${n}`)
    const line = new Line({}, many)
    const said = watch(line)
    line.connect()
    line.connection.disconnect()
    line.channels.delete('c30')
    line.channels.delete('c249')
    const few = ['c0', 'c1'].map((id) => line.channel(id).entry())
    line.connection.connect(testAck({ channels: few, channels_cursor: 'more' }))
    await line.advance(1_000)
    expect(said()).toEqual(['removed c30 not_found', 'removed c249 not_found'])
    const asked = line.requests.flatMap((frame) =>
      frame.type === 'channels.list' ? [frame.channel_ids?.length] : [],
    )
    expect(asked).toEqual([100, 100, 48])
  })

  it('are told when a refusal said it first that the user is out', async () => {
    const line = new Line({}, ['a'])
    const said = watch(line)
    line.connect()
    line.sync.channel('a').on('message', () => {})
    await line.settle()
    line.onRequest = ({ fail }) => fail(new TidingsError('not_in_channel', 'No.'))
    line.connection.receive({ ...line.channel('a').headFrame(), head_seq: 1, message_count: 1 })
    await line.advance(5_000)
    expect(line.sync.channel('a').state).toBe('removed')
    said()
    const reason = 'kicked'
    line.connection.receive({ type: 'channel.removed', channel_id: 'a', last_seq: 0, reason })
    expect(said()).toEqual(['removed a kicked'])
  })

  it('are unknown to a client that never heard of them', () => {
    const line = new Line()
    const channel = line.sync.channel('elsewhere')
    expect([channel.info, channel.unreadCount, channel.state]).toEqual([undefined, 0, 'dormant'])
  })
})
