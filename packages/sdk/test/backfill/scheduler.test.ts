import { describe, expect, it } from 'vitest'
import { TidingsError } from '../../src/errors.js'
import type { Asked } from '../channel/fake-server.js'
import { Line } from '../channel/fake-server.js'

const ids = ['a', 'b', 'c', 'd']

/** Four channels that are behind; requests wait for `answer()`. */
async function behind(pages = 1) {
  const line = new Line({}, ids)
  const waiting: Asked[] = []
  line.onRequest = (asked) => waiting.push(asked)
  line.connect()
  for (const id of ids) line.sync.channel(id).on('message', () => {})
  await line.settle()
  line.connection.disconnect()
  for (const id of ids) {
    for (let i = 0; i < pages * 100; i += 1)
      line.channel(id).append({ type: 'message.new', text: '' })
  }
  const names = (): string[] =>
    waiting.map(({ frame }) => (frame.type === 'backfill.request' ? frame.channel_id : frame.type))
  return {
    line,
    names,
    waiting,
    /** Answers the oldest request and lets the next go. */
    async answer() {
      const asked = waiting.shift()
      if (asked) line.answer(asked)
      await line.settle()
    },
  }
}

describe('backfills', () => {
  it('[P-68] are at most two at once', async () => {
    const { line, names, answer } = await behind()
    line.connect()
    await line.settle()
    expect(names()).toEqual(['d', 'c'])
    await answer()
    expect(names()).toEqual(['c', 'b'])
  })

  it('go in turn, one page each, the last used channel first', async () => {
    const { line, names, answer } = await behind(3)
    line.connect()
    await line.settle()
    const order: string[] = []
    for (let i = 0; i < 12; i += 1) {
      order.push(names()[0] ?? '')
      await answer()
    }
    expect(order.join('')).toBe('dcbadcbadcba')
    expect(names()).toEqual([])
  })

  it('go first for what somebody looks at, last for what nobody listens to', async () => {
    const line = new Line({}, ids)
    const waiting: Asked[] = []
    line.connect()
    for (const id of ids) {
      const off = line.sync.channel(id).on('message', () => {})
      await line.settle()
      if (id === 'a') off()
    }
    line.sync.channel('d').timeline.subscribe(() => {})
    await line.advance(100)
    line.connection.disconnect()
    for (const id of ids) line.channel(id).append({ type: 'message.new', text: '' })
    line.onRequest = (asked) => waiting.push(asked)
    line.connect()
    const order: string[] = []
    for (let i = 0; i < 4; i += 1) {
      await line.settle()
      const asked = waiting.shift()
      if (asked?.frame.type !== 'backfill.request') break
      order.push(asked.frame.channel_id)
      line.answer(asked)
    }
    expect(order).toEqual(['d', 'b', 'c', 'a'])
  })

  it('wait longer after each failure, and no longer after the next connection', async () => {
    const { line, waiting } = await behind()
    line.onRequest = (asked) => {
      waiting.push(asked)
      asked.fail(new TidingsError('unavailable', 'Not now.'))
    }
    line.connect()
    await line.advance(3_600_000)
    const tries = waiting.length
    expect(tries).toBeGreaterThan(4 * 60)
    expect(tries).toBeLessThan(4 * 600)
    line.connection.disconnect()
    line.onRequest = (asked) => line.answer(asked)
    line.connect()
    await line.settle()
    expect(ids.map((id) => line.sync.channel(id).state)).toEqual(['live', 'live', 'live', 'live'])
  })

  it('wait longer after each answer that brings nothing new, but the first', async () => {
    const line = new Line({}, ['a'])
    line.connect()
    line.sync.channel('a').on('message', () => {})
    await line.settle()
    const old = line.channel('a').cache()
    line.onPush = () => {}
    line.say('1', 'a')
    line.onRequest = ({ frame, answer }) => answer(line.channel('a').page(frame as never, old))
    line.connection.receive(line.channel('a').headFrame())
    await line.settle()
    expect(line.requests).toHaveLength(2)
    await line.advance(600_000)
    expect(line.requests.length).toBeGreaterThan(20)
    expect(line.requests.length).toBeLessThan(100)
  })

  it('are spread as the server says, also where it says so right behind an answer', async () => {
    const line = new Line({}, ['a'])
    line.connect()
    const a = line.sync.channel('a')
    a.on('message', () => {})
    await line.settle()
    line.onPush = () => {}
    line.say('1', 'a')
    line.answerBefore(() => {
      line.say('2', 'a')
      line.connection.receive({ ...line.channel('a').headFrame(), spread_ms: 1_000_000 })
    })
    line.connection.receive(line.channel('a').headFrame())
    await line.advance(100)
    expect(line.requests).toHaveLength(1)
    await line.advance(1_000_000)
    expect(line.requests).toHaveLength(2)
    expect(a.state).toBe('live')
  })

  it('wait at least as long as the server says', async () => {
    const { line, waiting } = await behind()
    line.connect()
    await line.settle()
    for (const asked of waiting.splice(0)) {
      asked.answer({
        type: 'error',
        code: 'rate_limited',
        message: 'Slow down.',
        retryable: true,
        retry_after_ms: 20_000,
      })
    }
    line.onRequest = (asked) => {
      const { frame } = asked
      if (frame.type === 'backfill.request' && 'cd'.includes(frame.channel_id)) waiting.push(asked)
      else line.answer(asked)
    }
    await line.advance(19_999)
    expect(waiting).toEqual([])
    await line.advance(3_000)
    expect(waiting).toHaveLength(2)
  })
})
