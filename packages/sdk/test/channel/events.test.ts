import { describe, expect, it } from 'vitest'
import type { EventsOptions, StreamItem } from '../../src/channel/iterate.js'
import { TidingsError } from '../../src/errors.js'
import { Line } from './fake-server.js'

const inShort = (item: StreamItem): string =>
  item.kind === 'gap'
    ? `gap ${item.fromSeq}-${item.toSeq} ${item.reason}`
    : item.kind === 'reset'
      ? `reset from ${item.fromSeq}`
      : `${item.channelSeq}`

/** Iterates in the background and notes what comes. */
function iterate(line: Line, options?: EventsOptions) {
  const said: string[] = []
  const run = (async () => {
    for await (const item of line.sync.channel('general').events(options)) said.push(inShort(item))
    said.push('end')
  })().catch((error: TidingsError) => void said.push(error.code))
  return { said: () => said.splice(0), run }
}
const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${from + i}`)

describe('events()', () => {
  it('yields what was there after a number, then what happens, without a hole', async () => {
    const line = new Line()
    for (let i = 0; i < 250; i += 1) line.channel().append({ type: 'message.new', text: '' })
    line.connect()
    const { said } = iterate(line, { after: 7 })
    await line.advance(1_000)
    line.say('')
    await line.settle()
    expect(said()).toEqual(numbers(8, 251))
  })

  it('rejects a number that is none', async () => {
    const line = new Line()
    line.connect()
    for (const after of ['5', Number.NaN, -1]) {
      const { said, run } = iterate(line, { after: after as number })
      await line.advance(100)
      expect(said()).toEqual(['invalid_argument'])
      await run
    }
  })

  it('begins at the head when nothing else is said', async () => {
    const line = new Line()
    line.channel().append({ type: 'message.new', text: '' })
    const { said } = iterate(line)
    line.connect()
    await line.advance(100)
    line.say('')
    line.say('')
    await line.settle()
    expect(said()).toEqual(['2', '3'])
  })

  it('joins a page of history without a hole', async () => {
    const line = new Line()
    for (let i = 0; i < 3; i += 1) line.channel().append({ type: 'message.new', text: '' })
    line.connect()
    const [page] = await Promise.all([line.sync.channel('general').history(), line.advance(100)])
    line.say('')
    const { said } = iterate(line, { after: page.newestSeq })
    await line.advance(100)
    expect(said()).toEqual(['4'])
  })

  it('is complete where the channel skips', async () => {
    const line = new Line()
    line.connect()
    const { said } = iterate(line, { after: 0 })
    await line.settle()
    line.connection.disconnect()
    for (let i = 0; i < 700; i += 1) line.channel().append({ type: 'message.new', text: '' })
    line.connect()
    await line.advance(5_000)
    expect(said()).toEqual(numbers(1, 700))
  })

  it('I9: yields a gap for what the server has no more', async () => {
    const line = new Line()
    for (let i = 0; i < 9; i += 1) line.channel().append({ type: 'message.new', text: '' })
    line.channel().oldestSeq = 7
    line.connect()
    const { said } = iterate(line, { after: 2 })
    await line.advance(100)
    expect(said()).toEqual(['gap 3-6 expired', '7', '8', '9'])
  })

  it('I7: keeps a bounded number for a slow consumer and reads the rest again', async () => {
    const line = new Line()
    line.connect()
    const events = line.sync.channel('general').events({ after: 0 })
    const first = events.next()
    await line.settle()
    line.say('')
    expect(inShort((await first).value as StreamItem)).toBe('1')
    for (let i = 0; i < 1_000; i += 1) line.say('')
    const said: string[] = []
    const run = (async () => {
      for await (const item of events) if (said.push(inShort(item)) === 1_000) break
    })()
    await line.advance(5_000)
    await run
    expect(said).toEqual(numbers(2, 1_001))
    expect(line.requests.length).toBeGreaterThan(3)
  })

  it('tells of a reset and goes on below it', async () => {
    const line = new Line()
    line.connect()
    const { said } = iterate(line, { after: 0 })
    await line.settle()
    for (let i = 0; i < 5; i += 1) line.say('')
    line.reset(3)
    line.say('')
    await line.advance(100)
    expect(said()).toEqual(['reset from 3', '1', '2', '3', '4'])
    line.reset(2)
    line.say('')
    await line.advance(100)
    expect(said()).toEqual(['reset from 2', '3'])
  })

  it('I9: goes on below the lowest of the resets that came while its consumer was busy', async () => {
    const line = new Line()
    line.connect()
    const events = line.sync.channel('general').events({ after: 0 })
    for (const from of [1, 2, 3, 4]) {
      const next = events.next()
      await line.settle()
      line.say('')
      expect(inShort((await next).value as StreamItem)).toBe(`${from}`)
    }
    line.reset(1)
    for (let i = 0; i < 4; i += 1) line.say('')
    line.reset(3)
    line.say('')
    const said: string[] = []
    const run = (async () => {
      for await (const item of events) if (said.push(inShort(item)) === 4) break
    })()
    await line.advance(1_000)
    await run
    expect(said).toEqual(['reset from 1', '2', '3', '4'])
  })

  it('tells of a reset that came while it was reading', async () => {
    const line = new Line({ catchUp: 'all' })
    line.connect()
    const { said } = iterate(line, { after: 0 })
    await line.settle()
    for (let i = 0; i < 400; i += 1) line.say('')
    await line.advance(1)
    line.connection.disconnect()
    line.channel().reset(200)
    line.connect()
    await line.advance(10_000)
    expect(said().slice(-1)).toEqual(['reset from 200'])
  })

  it('goes on when the server cannot answer for a long time', async () => {
    const line = new Line()
    for (let i = 0; i < 3; i += 1) line.channel().append({ type: 'message.new', text: '' })
    line.connect()
    const answers = line.onRequest
    line.onRequest = (asked) => asked.fail(new TidingsError('unavailable', 'Not now.'))
    const { said } = iterate(line, { after: 0 })
    await line.advance(3_600_000)
    line.onRequest = answers
    await line.advance(60_000)
    expect(said()).toEqual(['1', '2', '3'])
  })

  it('ends with its signal, with the client, and when the user leaves', async () => {
    const line = new Line()
    line.connect()
    const abort = new AbortController()
    const aborted = iterate(line, { signal: abort.signal })
    const left = iterate(line)
    await line.settle()
    abort.abort()
    await aborted.run
    line.say('')
    line.connection.receive({
      type: 'channel.removed',
      channel_id: 'general',
      last_seq: 2,
      reason: 'left',
    })
    await left.run
    expect([aborted.said(), left.said()]).toEqual([['end'], ['1', 'gap 2-2 not_visible', 'end']])
    const closed = iterate(line)
    line.sync.close()
    await closed.run
    expect(closed.said()).toEqual(['end'])
  })

  it.each(['not_in_channel', 'channel_not_found'] as const)(
    'ends when the user leaves, also where its page is refused with %s before that is told',
    async (code) => {
      const line = new Line()
      for (let i = 0; i < 3; i += 1) line.channel().append({ type: 'message.new', text: '' })
      line.connect()
      line.onRequest = (asked) => asked.fail(new TidingsError(code, 'No.'))
      const { said, run } = iterate(line, { after: 0 })
      await line.advance(100)
      expect(said()).toEqual([])
      line.connection.receive({
        type: 'channel.removed',
        channel_id: 'general',
        last_seq: 3,
        reason: 'kicked',
      })
      await run
      expect(said()).toEqual(['gap 1-3 not_visible', 'end'])
      expect(line.requests).toHaveLength(1)
    },
  )

  it('I9: goes on when the user was out and is in again while it was reading', async () => {
    const line = new Line()
    for (let i = 0; i < 5; i += 1) line.channel().append({ type: 'message.new', text: '' })
    line.connect()
    const { said } = iterate(line, { after: 0 })
    await line.settle()
    expect(line.requests).toMatchObject([{ type: 'backfill.request' }])
    const entry = line.channel().entry()
    line.connection.receive({
      type: 'channel.removed',
      channel_id: 'general',
      last_seq: 5,
      reason: 'left',
    })
    line.connection.receive({ type: 'channel.added', channel: entry })
    await line.advance(1_000)
    line.say('')
    await line.settle()
    expect(said()).toEqual(numbers(1, 6))
  })

  it('opens nothing for a signal that is aborted already', async () => {
    const line = new Line()
    line.connect()
    const { said } = iterate(line, { signal: AbortSignal.abort() })
    await line.advance(1_000)
    expect(said()).toEqual(['end'])
    expect(line.sync.channel('general').state).toBe('dormant')
  })

  it('lets the channel go when the loop is left', async () => {
    const line = new Line({ backgroundChannels: 0 })
    line.connect()
    const channel = line.sync.channel('general')
    const run = (async () => {
      for await (const _ of channel.events()) break
    })()
    await line.settle()
    expect(channel.state).toBe('live')
    line.say('')
    await run
    await line.settle()
    expect(channel.state).toBe('dormant')
  })

  it('rejects with what cannot be tried again', async () => {
    const line = new Line()
    for (let i = 0; i < 3; i += 1) line.channel().append({ type: 'message.new', text: '' })
    line.connect()
    line.onRequest = (asked) => asked.fail(new TidingsError('forbidden', 'No.'))
    const { said, run } = iterate(line, { after: 0 })
    await line.advance(100)
    await run
    expect(said()).toEqual(['forbidden'])
  })
})
