import { describe, expect, it } from 'vitest'
import type { HistoryOptions } from '../../src/channel/history.js'
import { TidingsError } from '../../src/errors.js'
import { Line } from './fake-server.js'

/** A channel with messages `1`, `2` … at the same numbers. */
async function withMessages(count: number) {
  const line = new Line()
  for (let i = 1; i <= count; i += 1) line.channel().append({ type: 'message.new', text: `${i}` })
  line.connect()
  const channel = line.sync.channel('general')
  const get = async (options?: HistoryOptions) => {
    const [page] = await Promise.all([channel.history(options), line.advance(100)])
    return page
  }
  return { line, channel, get }
}
const numbers = (page: { items: readonly { text: string }[] } | undefined) =>
  page?.items.map(({ text }) => Number(text))

describe('history', () => {
  it('begins at the newest and goes back page by page, without opening the channel', async () => {
    const { line, channel, get } = await withMessages(5)
    const page = await get({ limit: 2 })
    expect(numbers(page)).toEqual([4, 5])
    expect(page).toMatchObject({ hasNext: true, oldestSeq: 4, newestSeq: 5 })
    const [next] = await Promise.all([page.next(), line.advance(100)])
    expect(numbers(next)).toEqual([2, 3])
    const [last] = await Promise.all([next?.next(), line.advance(100)])
    expect(numbers(last)).toEqual([1])
    expect(last?.hasNext).toBe(false)
    expect(await last?.next()).toBeUndefined()
    expect(channel.state).toBe('dormant')
  })

  it('goes forward from a message, back from one, and both ways around one', async () => {
    const { line, get } = await withMessages(9)
    const page = await get({ after: 3, limit: 2 })
    expect(numbers(page)).toEqual([4, 5])
    const [next] = await Promise.all([page.next(), line.advance(100)])
    expect(numbers(next)).toEqual([6, 7])
    expect(numbers(await get({ before: { channelSeq: 3 } }))).toEqual([1, 2])
    expect(numbers(await get({ after: 3, before: 6 }))).toEqual([4, 5])
    const around = await get({ around: 5, limit: 4 })
    expect(numbers(around)).toEqual([4, 5, 6, 7])
    expect(around).toMatchObject({ oldestSeq: 4, newestSeq: 7, hasNext: true })
    const [older] = await Promise.all([around.next(), line.advance(100)])
    expect(numbers(older)).toEqual([2, 3])
  })

  it('shows messages as they are now', async () => {
    const { line, get } = await withMessages(1)
    const target = {
      target_seq: 1,
      target_message_id: line.channel().messages.get(1)?.message_id ?? '',
    }
    line.channel().append({ type: 'message.edited', ...target, text: '11' })
    expect((await get()).items).toMatchObject([{ text: '11', editedSeq: 2, rev: 2 }])
  })

  it('R14, [P-80]: folds in what this client has seen above the page', async () => {
    const { line, channel, get } = await withMessages(2)
    channel.on('message', () => {})
    await line.settle()
    line.onRequest = (asked) => {
      const answer = line.channel().page(asked.frame as never)
      const message_id = line.channel().messages.get(1)?.message_id ?? ''
      line.happen({
        type: 'message.edited',
        target_seq: 1,
        target_message_id: message_id,
        text: '11',
      })
      asked.answer(answer)
    }
    expect(numbers(await get())).toEqual([11, 2])
  })

  it('R14, [P-80]: refuses a page that is older than what this client had seen', async () => {
    const { line, channel, get } = await withMessages(2)
    channel.on('message', () => {})
    await line.settle()
    line.cache = line.channel().cache()
    line.say('3')
    expect(numbers(await get())).toEqual([1, 2, 3])
    expect(line.requests).toMatchObject([{ type: 'backfill.request' }, { min_as_of_seq: 3 }])
  })

  it('R14: reads again what a gap right behind the page has made too old', async () => {
    const { line, channel, get } = await withMessages(2)
    channel.on('message', () => {})
    await line.settle()
    line.answerBefore(() => {
      const { message_id = '' } = line.channel().messages.get(1) ?? {}
      const target = { target_seq: 1, target_message_id: message_id }
      line.happen({ type: 'message.edited', ...target, text: '11' })
      for (let i = 0; i < 600; i += 1) line.channel().append({ type: 'message.new', text: '' })
      line.connection.receive(line.channel().headFrame())
    })
    expect(numbers(await get({ before: 3 }))).toEqual([11, 2])
  })

  it('holds nothing that a reset right behind the page has made void', async () => {
    const { line, channel, get } = await withMessages(3)
    channel.on('message', () => {})
    await line.settle()
    line.answerBefore(() => line.reset(1))
    expect(numbers(await get())).toEqual([1])
  })

  it('waits while offline, and asks again what a broken line lost', async () => {
    const { line, channel } = await withMessages(2)
    line.connection.disconnect()
    const history = channel.history()
    await line.advance(60_000)
    line.connect()
    await line.settle()
    line.connection.disconnect()
    line.connect()
    await line.advance(100)
    expect(numbers(await history)).toEqual([1, 2])
  })

  it('ends by its signal', async () => {
    const { line, channel } = await withMessages(2)
    const abort = new AbortController()
    line.onRequest = () => {}
    const history = channel.history({ signal: abort.signal })
    await line.settle()
    abort.abort()
    await expect(history).rejects.toMatchObject({ code: 'aborted' })
    await expect(channel.history({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    })
  })

  it('tries again what may succeed, and rejects at once with what may not', async () => {
    const { line, channel, get } = await withMessages(2)
    let tries = 0
    line.onRequest = (asked) => {
      tries += 1
      if (tries < 4) asked.fail(new TidingsError('unavailable', 'Not now.'))
      else line.answer(asked)
    }
    const [page] = await Promise.all([channel.history(), line.advance(60_000)])
    expect(numbers(page)).toEqual([1, 2])
    line.onRequest = (asked) => asked.fail(new TidingsError('forbidden', 'No.'))
    await expect(get()).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('I7: gives up after 8 pages that are too old', async () => {
    const { line, channel } = await withMessages(2)
    channel.on('message', () => {})
    await line.settle()
    const old = line.channel().cache()
    line.say('3')
    line.onRequest = ({ frame, answer }) => answer(line.channel().page(frame as never, old))
    const history = expect(channel.history()).rejects.toMatchObject({ code: 'unavailable' })
    await line.advance(600_000)
    await history
    expect(line.requests).toHaveLength(8)
  })

  it('I7: gives up after 8 tries', async () => {
    const { line, channel } = await withMessages(2)
    line.onRequest = (asked) => asked.fail(new TidingsError('unavailable', 'Not now.'))
    const history = expect(channel.history()).rejects.toMatchObject({ code: 'unavailable' })
    await line.advance(600_000)
    await history
    expect(line.requests).toHaveLength(8)
  })

  it.each([
    [{ limit: 0 }],
    [{ limit: 101 }],
    [{ limit: 1.5 }],
    [{ before: -1 }],
    [{ after: Number.NaN }],
    [{ after: 5, before: 5 }],
    [{ before: '5' as never }],
  ])('refuses %j', async (options) => {
    const { channel } = await withMessages(1)
    await expect(channel.history(options)).rejects.toMatchObject({ code: 'invalid_argument' })
  })
})
