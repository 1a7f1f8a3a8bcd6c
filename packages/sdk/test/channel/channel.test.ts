import { describe, expect, it } from 'vitest'
import type { Message, StreamEvent } from '../../src/channel/items.js'
import { TidingsError } from '../../src/errors.js'
import { type Asked, Line } from './fake-server.js'
import { listen } from './listen.js'

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

  it('I9: is undone by being added again in the same turn, whatever was asked before', async () => {
    const line = new Line()
    line.connect()
    const { channel, said } = await listen(line)
    line.onPush = () => {}
    line.say('1')
    const answers = line.onRequest
    line.onRequest = () => {}
    line.connection.receive(line.channel().headFrame())
    await line.settle()
    expect(line.requests).toHaveLength(1)
    line.onRequest = answers
    line.connection.receive({
      type: 'channel.removed',
      channel_id: 'general',
      last_seq: 1,
      reason: 'kicked',
    })
    line.connection.receive({ type: 'channel.added', channel: line.channel().entry() })
    await line.advance(1_000)
    expect(said().at(-1)).toBe('live 1')
    expect(channel.state).toBe('live')
  })

  it('is not concluded from a list from before the user was added', async () => {
    const line = new Line()
    line.unnamed.add('general')
    const asked: Asked[] = []
    line.onRequest = (request) => asked.push(request)
    line.connect()
    const { channel } = await listen(line)
    expect(asked).toMatchObject([{ frame: { type: 'channels.list' } }])
    line.connection.receive({ type: 'channel.added', channel: line.channel().entry() })
    asked[0]?.answer({ type: 'channels.page', channels: [] })
    await line.settle()
    expect(channel.state).toBe('live')
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

  it('I9: leaves no timer where a listener closes it with more to come', async () => {
    const line = new Line()
    line.connect()
    const { channel } = await listen(line)
    line.onPush = () => {}
    line.say('1')
    line.onRequest = (asked) => {
      line.environment.setTimer(() => {
        line.say('2')
        const page = line.channel().page(asked.frame as never)
        channel.on('message', () => line.sync.close())
        asked.answer(page)
      }, 100)
    }
    line.connection.receive(line.channel().headFrame())
    await line.advance(100)
    expect(line.requests).toMatchObject([{ before_seq: 2 }])
    expect(line.environment.open().timers).toBe(0)
  })
})
