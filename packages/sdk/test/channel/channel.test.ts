import { describe, expect, it } from 'vitest'
import type { Gap, Message, StreamEvent } from '../../src/channel/items.js'
import { TidingsError } from '../../src/errors.js'
import { type Asked, Line } from './fake-server.js'

/** What a channel says, in short. */
async function listen(line: Line, id = 'general') {
  const channel = line.sync.channel(id)
  const said: string[] = []
  channel.on('message', (message) => said.push(message.text))
  channel.on('gap', ({ fromSeq, toSeq, reason }) => said.push(`gap ${fromSeq}-${toSeq} ${reason}`))
  channel.on('sync', ({ state, recovered }) => said.push(`${state} ${recovered}`))
  channel.on('reset', ({ epoch, fromSeq }) => said.push(`reset ${epoch} from ${fromSeq}`))
  await line.settle()
  return { channel, said: () => said.splice(0) }
}

const requestsOf = (line: Line, type: string) => line.requests.filter((r) => r.type === type)

describe('a channel handle', () => {
  it('[P-79] is the same for the same id, and asks nothing while nobody opens it', async () => {
    const line = new Line()
    line.connect()
    const general = line.sync.channel('general')
    expect(line.sync.channel('general')).toBe(general)
    expect(general.state).toBe('dormant')
    line.say('one')
    line.onPush = () => {}
    line.say('lost')
    await line.advance(60_000)
    expect(line.requests).toEqual([])
  })

  it('refuses what cannot be an id', () => {
    const line = new Line()
    for (const id of ['', 'x'.repeat(65), 5 as unknown as string]) {
      expect(() => line.sync.channel(id)).toThrow(TidingsError)
    }
  })

  it('I9: emits each message once, in order, and asks for exactly what is missing', async () => {
    const line = new Line()
    line.connect()
    const { channel, said } = await listen(line)
    expect(said()).toEqual(['live 0'])
    line.say('1')
    line.onPush = () => {}
    line.say('2')
    line.say('3')
    line.onPush = (frame) => line.connection.receive(frame)
    line.say('4')
    expect(said()).toEqual(['1'])
    await line.advance(100)
    expect(said()).toEqual(['2', '3', '4'])
    expect(line.requests).toMatchObject([
      { type: 'backfill.request', after_seq: 1, before_seq: 4, direction: 'forward' },
    ])
    expect(channel.state).toBe('live')
  })

  it('emits all events to those who want them, hidden and unknown ones too', async () => {
    const line = new Line()
    line.connect()
    const { channel, said } = await listen(line)
    const kinds: string[] = []
    channel.on('event', (event: StreamEvent) => kinds.push(`${event.channelSeq} ${event.kind}`))
    const { channel_seq: target_seq, message_id: target_message_id } = line.say('hello')
    line.happen({ type: 'message.edited', target_seq, target_message_id, text: 'Hello' })
    line.happen({ type: 'event.hidden' })
    line.connection.receive({
      type: 'unreadable',
      channel_id: 'general',
      channel_seq: 4,
    } as never)
    expect(kinds).toEqual(['1 message', '2 message.edited', '3 hidden', '4 unknown'])
    expect(said()).toEqual(['live 0', 'hello'])
  })

  it('stops listening by the returned function, and by a signal', async () => {
    const line = new Line()
    line.connect()
    const channel = line.sync.channel('general')
    const texts: string[] = []
    const abort = new AbortController()
    const off = channel.on('message', ({ text }) => texts.push(`a ${text}`))
    channel.on('message', ({ text }) => texts.push(`b ${text}`), { signal: abort.signal })
    channel.on('message', ({ text }) => texts.push(`c ${text}`), { signal: AbortSignal.abort() })
    await line.settle()
    line.say('1')
    off()
    off()
    line.say('2')
    abort.abort()
    line.say('3')
    expect(texts).toEqual(['a 1', 'b 1', 'b 2'])
  })

  it('keeps the order when a listener listens anew', async () => {
    const line = new Line()
    line.connect()
    const { channel, said } = await listen(line)
    const late: string[] = []
    channel.on('message', ({ text }) => {
      if (text === '1') channel.on('message', (message) => late.push(message.text))
    })
    line.say('1')
    line.say('2')
    expect(said()).toEqual(['live 0', '1', '2'])
    expect(late).toEqual(['2'])
  })
})

describe('a listener', () => {
  it('I9: that causes the next event gets it after those that were on their way', async () => {
    const line = new Line()
    line.connect()
    const { channel, said } = await listen(line)
    channel.on('message', ({ text }) => {
      if (text === '2') line.say('4')
    })
    const later: string[] = []
    channel.on('message', ({ text }) => later.push(text))
    line.onPush = () => {}
    line.say('1')
    line.onPush = (frame) => line.connection.receive(frame)
    line.say('2')
    line.say('3')
    await line.advance(100)
    expect(said()).toEqual(['live 0', '1', '2', '3', '4'])
    expect(later).toEqual(['1', '2', '3', '4'])
  })
})

describe('catching up', () => {
  it('goes on where it was after a reconnect', async () => {
    const line = new Line()
    line.connect()
    const { channel, said } = await listen(line)
    line.say('1')
    line.connection.disconnect()
    expect(channel.state).toBe('syncing')
    line.say('2')
    line.say('3')
    line.connect()
    await line.advance(100)
    line.say('4')
    expect(said()).toEqual(['live 0', '1', 'syncing 0', '2', '3', 'live 2', '4'])
  })

  it.each(['channel.head', 'channel.changed', 'channel.added'] as const)(
    'is not live without a connection, though the old socket still says %s',
    async (type) => {
      const line = new Line()
      line.connect()
      const { channel, said } = await listen(line)
      line.say('one')
      expect([channel.state, said()]).toEqual(['live', ['live 0', 'one']])
      line.connection.disconnect()
      expect(channel.state).toBe('syncing')
      said()
      const entry = line.channel().entry()
      const frame = type === 'channel.head' ? line.channel().headFrame() : { type, channel: entry }
      line.connection.receive(frame, true)
      await line.advance(60_000)
      expect([channel.state, said()]).toEqual(['syncing', []])
      line.connect()
      await line.settle()
      expect(channel.state).toBe('live')
    },
  )

  it('goes on at once when the request was on its way as the line broke', async () => {
    const line = new Line()
    line.connect()
    const { said } = await listen(line)
    line.onPush = () => {}
    line.say('1')
    line.connection.receive(line.channel().headFrame())
    await line.settle()
    line.connection.disconnect()
    line.connect()
    await line.advance(20)
    expect(said()).toEqual(['live 0', 'syncing 0', '1', 'live 1'])
  })

  it('asks for the entry of a channel beyond the greeting', async () => {
    const line = new Line()
    line.unnamed.add('general')
    line.channel().append({ type: 'message.new', text: 'old' })
    line.connect()
    const { channel, said } = await listen(line)
    expect(channel.info).toBeUndefined()
    await line.advance(100)
    expect(requestsOf(line, 'channels.list')).toMatchObject([{ channel_ids: ['general'] }])
    expect(said()).toEqual(['live 0'])
    expect(channel.info).toMatchObject({ name: 'general', headSeq: 1 })
  })

  it('skips what is more than 500 behind, and the gap can be filled', async () => {
    const line = new Line()
    line.connect()
    const { channel, said } = await listen(line)
    let gap: Gap | undefined
    channel.on('gap', (item) => {
      gap = item
    })
    line.connection.disconnect()
    for (let i = 1; i <= 600; i += 1) line.channel().append({ type: 'message.new', text: `${i}` })
    line.connect()
    await line.advance(200)
    expect(said().slice(0, 4)).toEqual(['live 0', 'syncing 0', 'gap 1-550 skipped', '551'])
    const filled = gap?.fill({ limit: 30 })
    await line.advance(100)
    const page = await filled
    expect(page?.items.map(({ text }) => text)).toEqual(
      Array.from({ length: 30 }, (_, i) => `${521 + i}`),
    )
    expect(page).toMatchObject({ hasNext: true, oldestSeq: 521, newestSeq: 550 })
    const more = page?.next()
    await line.advance(100)
    expect((await more)?.items.at(-1)?.text).toBe('520')
  })

  it('refuses to fill what has expired', async () => {
    const line = new Line()
    line.connect()
    const { channel, said } = await listen(line)
    const gaps: Gap[] = []
    channel.on('gap', (gap) => gaps.push(gap))
    line.connection.disconnect()
    for (let i = 1; i <= 9; i += 1) line.channel().append({ type: 'message.new', text: `${i}` })
    line.channel().oldestSeq = 8
    line.connect()
    await line.advance(100)
    expect(said().slice(2)).toEqual(['gap 1-7 expired', '8', '9', 'live 2'])
    await expect(gaps[0]?.fill()).rejects.toMatchObject({ code: 'not_found' })
  })

  it('calls a gap not_visible where the user joined', async () => {
    const line = new Line()
    line.connect()
    const { said } = await listen(line)
    line.connection.disconnect()
    for (let i = 1; i <= 5; i += 1) line.channel().append({ type: 'message.new', text: `${i}` })
    line.channel().append({ type: 'member.joined', user_id: 'alice', role: 'member' })
    line.channel().oldestSeq = 6
    line.connect()
    await line.advance(100)
    expect(said().slice(2)).toEqual(['gap 1-5 not_visible', 'live 1'])
  })

  it('R14, [P-80]: throws a page away that is older than its position, and asks past the caches', async () => {
    const line = new Line()
    line.connect()
    const { said } = await listen(line)
    line.say('1')
    line.say('2')
    line.cache = line.channel().cache()
    line.say('3')
    line.onPush = () => {}
    line.say('4')
    line.connection.receive(line.channel().headFrame())
    await line.advance(100)
    expect(said()).toEqual(['live 0', '1', '2', '3', '4'])
    expect(line.requests).toMatchObject([{ after_seq: 3 }, { after_seq: 3, min_as_of_seq: 4 }])
  })

  it('goes over to a new epoch', async () => {
    const line = new Line()
    line.connect()
    const { said } = await listen(line)
    for (const text of ['1', '2', '3']) line.say(text)
    line.reset(1)
    line.say('b2')
    await line.advance(100)
    expect(said()).toEqual(['live 0', '1', '2', '3', 'reset 2 from 1', 'syncing 0', 'b2', 'live 1'])
  })

  it('[P-18] follows an entry that says where the new epoch starts, without asking', async () => {
    const line = new Line()
    line.connect()
    const { said } = await listen(line)
    for (const text of ['1', '2', '3']) line.say(text)
    line.connection.disconnect()
    line.channel().reset(1)
    line.connect()
    expect(said()).toEqual(['live 0', '1', '2', '3', 'syncing 0', 'reset 2 from 1', 'live 0'])
  })

  it('[P-66] learns of an epoch whose reset it missed by asking', async () => {
    const line = new Line()
    line.connect()
    const { said } = await listen(line)
    for (const text of ['1', '2', '3']) line.say(text)
    line.channel().reset(1)
    line.say('b2')
    expect(said().slice(-1)).toEqual(['syncing 0'])
    await line.advance(100)
    expect(said()).toEqual(['reset 2 from 1', 'b2', 'live 1'])
  })

  it('[P-35] waits a random part of spread_ms before it pulls, and is live meanwhile', async () => {
    const line = new Line()
    line.connect()
    const { channel, said } = await listen(line)
    line.onPush = () => {}
    line.say('1')
    line.connection.receive({ ...line.channel().headFrame(), spread_ms: 1_000 })
    await line.settle()
    expect(line.requests).toEqual([])
    expect(channel.state).toBe('live')
    line.say('2')
    line.connection.receive({ ...line.channel().headFrame(), spread_ms: 1_000 })
    await line.advance(1_100)
    expect(said()).toEqual(['live 0', '1', '2'])
    expect(line.requests).toHaveLength(1)
  })

  it('[P-87] is not live any more when it is five seconds behind', async () => {
    const line = new Line()
    line.onRequest = () => {}
    line.connect()
    const { said } = await listen(line)
    line.onPush = () => {}
    line.say('1')
    line.connection.receive(line.channel().headFrame())
    await line.advance(4_999)
    expect(said()).toEqual(['live 0'])
    await line.advance(1)
    expect(said()).toEqual(['syncing 0'])
  })
})

describe('ready()', () => {
  it('[P-87] opens the channel and resolves when it is complete up to the head', async () => {
    const line = new Line()
    const channel = line.sync.channel('general')
    let isReady = false
    const ready = channel.ready().then(() => {
      isReady = true
    })
    await line.advance(1_000)
    expect(isReady).toBe(false)
    line.connect()
    await line.settle()
    await ready
    expect(channel.state).toBe('live')
  })

  it('waits for what was missing when it was called', async () => {
    const line = new Line()
    line.connect()
    const { channel, said } = await listen(line)
    line.onPush = () => {}
    line.say('1')
    line.connection.receive(line.channel().headFrame())
    const ready = channel.ready()
    await line.advance(50)
    await ready
    expect(said()).toEqual(['live 0', '1'])
  })

  it('rejects when it is aborted, when the user is out, and when the client closes', async () => {
    const line = new Line()
    const abort = new AbortController()
    const channel = line.sync.channel('general')
    const aborted = channel.ready({ signal: abort.signal })
    abort.abort()
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' })
    await expect(channel.ready({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    })
    const out = line.sync.channel('elsewhere').ready()
    line.connect()
    await Promise.all([
      expect(out).rejects.toMatchObject({ code: 'not_in_channel' }),
      line.advance(100),
    ])
    line.connection.disconnect()
    const closed = channel.ready()
    line.sync.close()
    await expect(closed).rejects.toMatchObject({ code: 'closed' })
    await expect(channel.ready()).rejects.toMatchObject({ code: 'closed' })
  })

  it('rejects when the channel is closed, which can be opened again', async () => {
    const line = new Line()
    const channel = line.sync.channel('general')
    const waiting = [channel.ready(), channel.ready()]
    channel.close()
    for (const ready of waiting) await expect(ready).rejects.toMatchObject({ code: 'closed' })
    const again = channel.ready()
    line.connect()
    await line.advance(100)
    await again
    expect(channel.state).toBe('live')
  })

  it('holds a reset for what it is: the head may be lower than it was', async () => {
    const line = new Line()
    line.connect()
    const { channel } = await listen(line)
    line.onPush = () => {}
    line.say('1')
    line.say('2')
    line.connection.receive(line.channel().headFrame())
    const ready = channel.ready()
    line.onPush = (frame) => line.connection.receive(frame)
    line.reset(0)
    await line.advance(100)
    await ready
  })
})

describe('a dormant channel', () => {
  /** Uses each channel for a moment. */
  async function use(line: Line, ...ids: string[]): Promise<void> {
    for (const id of ids) {
      const off = line.sync.channel(id).on('message', () => {})
      await line.settle()
      off()
    }
    await line.settle()
  }

  it('is what a channel becomes when nobody listens and others were used since', async () => {
    const line = new Line({ backgroundChannels: 1 }, ['a', 'b'])
    line.connect()
    await use(line, 'a')
    expect(line.sync.channel('a').state).toBe('live')
    await use(line, 'b')
    expect(line.sync.channel('a').state).toBe('dormant')
    expect(line.sync.channel('b').state).toBe('live')
  })

  it('is what close() makes of it, and it goes on from its position when it is used again', async () => {
    const line = new Line()
    line.connect()
    const { channel, said } = await listen(line)
    line.say('1')
    channel.close()
    await line.settle()
    expect(channel.state).toBe('dormant')
    line.say('2')
    await line.advance(1_000)
    expect(line.requests).toEqual([])
    const again: string[] = []
    channel.on('message', ({ text }) => again.push(text))
    await line.advance(100)
    expect(said()).toEqual(['live 0', '1'])
    expect(again).toEqual(['2'])
  })

  it('is named in hello while its position is kept, the last used first', async () => {
    const line = new Line({ backgroundChannels: 0 }, ['a', 'b', 'c'])
    line.connect()
    await use(line, 'a', 'b', 'a')
    line.say('in c', 'c')
    line.say('in a', 'a')
    expect([...line.sync.positions()]).toEqual([
      { channelId: 'a', seq: 0, epoch: 1 },
      { channelId: 'b', seq: 0, epoch: 1 },
    ])
  })

  it('I7: starts anew at the head when 500 others were used since', async () => {
    const others = Array.from({ length: 500 }, (_, i) => `other${i}`)
    const line = new Line({}, ['general', ...others])
    line.connect()
    await use(line, 'general')
    line.say('1')
    await use(line, ...others)
    expect([...line.sync.positions()]).toHaveLength(500)
    line.say('2')
    const { said } = await listen(line)
    await line.advance(100)
    line.say('3')
    expect(said()).toEqual(['live 0', '3'])
  })
})

describe('leaving', () => {
  it('I9: ends the stream, with gaps for what is missing', async () => {
    const line = new Line()
    line.connect()
    const { channel, said } = await listen(line)
    line.say('1')
    line.onPush = () => {}
    line.say('2')
    line.connection.receive({
      type: 'channel.removed',
      channel_id: 'general',
      last_seq: 2,
      reason: 'kicked',
    })
    expect(said()).toEqual(['live 0', '1', 'gap 2-2 not_visible', 'removed 0'])
    expect(channel.state).toBe('removed')
  })

  it('[P-32] ends the requests on the channel', async () => {
    const line = new Line()
    const asked: Asked[] = []
    line.onRequest = (request) => asked.push(request)
    line.connect()
    const history = line.sync.channel('general').history()
    await line.settle()
    expect(asked).toHaveLength(1)
    line.connection.receive({
      type: 'channel.removed',
      channel_id: 'general',
      last_seq: 0,
      reason: 'left',
    })
    await expect(history).rejects.toMatchObject({ code: 'not_in_channel' })
  })

  it('is noticed in the greeting, and undone by being added again', async () => {
    const line = new Line()
    line.connect()
    const { channel, said } = await listen(line)
    line.say('1')
    line.connection.disconnect()
    const general = line.channel()
    line.channels.delete('general')
    line.connect()
    expect(said().slice(2)).toEqual(['syncing 0', 'removed 0'])
    for (let i = 2; i <= 5; i += 1) general.append({ type: 'message.new', text: `${i}` })
    general.oldestSeq = 5
    line.channels.set('general', general)
    line.connection.receive({ type: 'channel.added', channel: general.entry() })
    await line.advance(100)
    expect(said()).toEqual(['gap 2-4 not_visible', '5', 'live 1'])
    expect(channel.state).toBe('live')
  })
})

describe('closing the client', () => {
  it('I9: leaves no timer, and ends who waits', async () => {
    const line = new Line()
    line.onRequest = () => {}
    line.connect()
    const { channel } = await listen(line)
    line.onPush = () => {}
    line.say('1')
    line.connection.receive({ ...line.channel().headFrame(), spread_ms: 60_000 })
    const history = channel.history()
    await line.settle()
    line.sync.close()
    line.connection.disconnect()
    await expect(history).rejects.toMatchObject({ code: 'closed' })
    await line.settle()
    expect(line.environment.open().timers).toBe(0)
    const heard: Message[] = []
    channel.on('message', (message) => heard.push(message))
    await expect(channel.history()).rejects.toMatchObject({ code: 'closed' })
    expect(line.environment.open().timers).toBe(0)
  })
})
