import { beforeEach, describe, expect, it } from 'vitest'
import type { OutboxStorage } from '../../src/storage/port.js'
import { KEY } from '../storage/rows.js'
import { eventOf, SERVER_EPOCH_MS } from './fake-connection.js'
import { Browser, message, type Page, watch } from './page.js'

describe('sending', () => {
  let browser: Browser
  let page: Page
  const settle = () => browser.world.settle()

  beforeEach(async () => {
    browser = new Browser()
    page = await browser.openConnected()
  })

  it('is listed at once, goes on the wire, and settles with its ack [P-83]', async () => {
    const sending = watch(page.outbox.submit(message('Hello')))
    expect(page.outbox.pending('general')).toMatchObject([
      { clientMsgId: sending.clientMsgId, state: 'pending', command: { text: 'Hello' } },
    ])
    await settle()
    expect(page.connection.last()).toMatchObject({
      type: 'message.send',
      channel_id: 'general',
      text: 'Hello',
      client_msg_id: sending.clientMsgId,
    })
    page.connection.ack(undefined, 7)
    await expect(sending.settled).resolves.toEqual({
      channelId: 'general',
      epoch: 1,
      channelSeq: 7,
      messageId: 'm-7',
      sentAt: SERVER_EPOCH_MS,
      deduplicated: false,
    })
    expect(page.outbox.list()).toEqual([])
    await settle()
    expect(await browser.rows()).toEqual([])
  })

  it('settles with its own event in the stream, whichever comes first [P-83]', async () => {
    const sending = watch(page.outbox.submit(message('Hello')))
    await settle()
    page.connection.deliver(eventOf(page.connection.last(), 3))
    await settle()
    expect(sending.end).toBe('sent 3')
    page.connection.ack(undefined, 3)
    await settle()
    expect(sending.settledTimes).toBe(1)
  })

  it("is not settled by another user's event with the same id, nor by one of another channel", async () => {
    const sending = watch(page.outbox.submit(message('Hello')))
    await settle()
    page.connection.deliver(eventOf(page.connection.last(), 3, 'mallory'))
    page.outbox.observe({ ...eventOf(page.connection.last(), 3), channel_id: 'elsewhere' })
    await settle()
    expect(sending.end).toBe('pending')
  })

  it('has a UUIDv7 of its own before the first try', () => {
    const ids = ['a', 'b', 'c'].map((text) => page.outbox.submit(message(text)).clientMsgId)
    expect(new Set(ids).size).toBe(3)
    for (const id of ids)
      expect(id).toMatch(/^018bcfe5-6800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it('keeps at most one command of a channel on the wire without an answer [P-81]', async () => {
    for (const text of ['a1', 'a2', 'a3']) page.outbox.submit(message(text))
    page.outbox.submit(message('b1', 'other'))
    await settle()
    expect(page.connection.texts()).toEqual(['a1', 'b1'])
    page.connection.ack(page.connection.written[0], 1)
    await settle()
    expect(page.connection.texts()).toEqual(['a1', 'b1', 'a2'])
    page.connection.ack(undefined, 2)
    await settle()
    expect(page.connection.texts()).toEqual(['a1', 'b1', 'a2', 'a3'])
  })

  it('lets a bot have more on the wire, in order', async () => {
    const bot = await browser.openConnected({ userId: 'bot', pipeline: 2 })
    bot.connection.connect('bot')
    for (const text of ['1', '2', '3']) bot.outbox.submit(message(text))
    await settle()
    expect(bot.connection.texts()).toEqual(['1', '2'])
    bot.connection.ack(bot.connection.written[1], 2)
    await settle()
    expect(bot.connection.texts()).toEqual(['1', '2', '3'])
  })

  it('is on disk, with the time of its first try, before it is on the wire [P-82]', async () => {
    const seen: unknown[] = []
    page.connection.onWrite = (frame) => {
      seen.push(frame.first_try_ts)
      void browser.rows().then((rows) => seen.push(rows[0]?.firstTryTs))
    }
    await browser.world.advance(1_234)
    page.outbox.submit(message('Hello'))
    expect(page.connection.written).toEqual([])
    await settle()
    expect(seen).toEqual([SERVER_EPOCH_MS + 1_234, SERVER_EPOCH_MS + 1_234])
  })

  it('stores what comes in one turn with few writes', async () => {
    let puts = 0
    browser.storage = async (key) => {
      const storage: OutboxStorage = await new Browser().storage(key)
      return {
        ...storage,
        put: (rows) => {
          puts++
          return storage.put(rows)
        },
      }
    }
    const busy = await browser.openConnected()
    for (let n = 0; n < 500; n++) busy.outbox.submit(message(`${n}`, `channel-${n}`))
    await settle()
    expect(busy.connection.written).toHaveLength(500)
    expect(puts).toBeLessThanOrEqual(3)
  })

  it('paces itself by the limits of hello_ack, per channel', async () => {
    page.connection.disconnect()
    page.connection.limits = { ...page.connection.limits, send_rate_per_s: 2, send_burst: 3 }
    page.connection.onWrite = (frame) =>
      void browser.world.clock.setTimer(() => page.connection.ack(frame, 1), 1)
    page.connection.connect()
    for (let n = 0; n < 6; n++) page.outbox.submit(message(`a${n}`))
    page.outbox.submit(message('b', 'other'))
    await browser.world.advance(100)
    expect(page.connection.texts()).toEqual(['a0', 'b', 'a1', 'a2'])
    await browser.world.advance(399)
    expect(page.connection.texts()).toHaveLength(4)
    await browser.world.advance(2)
    expect(page.connection.texts()).toHaveLength(5)
    await browser.world.advance(1_000)
    expect(page.connection.texts()).toHaveLength(7)
  })

  it('does not count a repeat against the pace', async () => {
    page.connection.disconnect()
    page.connection.limits = { ...page.connection.limits, send_rate_per_s: 0.1, send_burst: 1 }
    page.connection.connect()
    page.outbox.submit(message('first'))
    page.outbox.submit(message('second'))
    await settle()
    page.connection.disconnect()
    page.connection.connect()
    page.connection.ack()
    await browser.world.advance(9_990)
    expect(page.connection.texts()).toEqual(['first', 'first'])
    await browser.world.advance(20)
    expect(page.connection.texts()).toEqual(['first', 'first', 'second'])
  })

  it('tells `settled` before the change that takes it out of pending', async () => {
    const told: string[] = []
    page.outbox.on('settled', (id, { channelSeq }) => told.push(`settled ${id} ${channelSeq}`))
    page.outbox.on('change', (channelId) =>
      told.push(`change ${channelId} ${page.outbox.pending(channelId).length}`),
    )
    const { clientMsgId } = page.outbox.submit(message('Hello'))
    await settle()
    page.connection.ack(undefined, 5)
    expect(told).toEqual(['change general 1', `settled ${clientMsgId} 5`, 'change general 0'])
  })

  it('gives the same list until something changes', async () => {
    page.outbox.submit(message('Hello'))
    const list = page.outbox.list()
    await browser.world.advance(31_000)
    expect(page.outbox.list()).toBe(list)
    page.outbox.submit(message('again'))
    expect(page.outbox.list()).not.toBe(list)
    expect(page.outbox.list()[0]?.command).toBe(list[0]?.command)
  })

  it('keeps its order when somebody sets the clock back', async () => {
    page.connection.disconnect()
    page.outbox.submit(message('first'))
    page.environment.jumpWallClock(-3_600_000)
    page.outbox.submit(message('second'))
    await settle()
    const rows = [...(await browser.rows())]
    page.environment.kill()
    const next = browser.open()
    await settle()
    expect(rows).toHaveLength(2)
    expect(next.outbox.list().map(({ command }) => 'text' in command && command.text)).toEqual([
      'first',
      'second',
    ])
  })

  it('survives a listener that throws', async () => {
    const errors: unknown[] = []
    const listen = (error: unknown): void => void errors.push(error)
    process.on('unhandledRejection', listen)
    page.outbox.on('change', () => {
      throw new Error('mine')
    })
    page.outbox.submit(message('Hello'))
    await settle()
    process.off('unhandledRejection', listen)
    expect(page.connection.texts()).toEqual(['Hello'])
    expect(errors).not.toEqual([])
  })

  it('reads nothing of the storage before a user is known, and sends what waited then', async () => {
    let opened = 0
    const storage = browser.storage
    const nobody = browser.open({}, (key) => {
      opened++
      return storage(key)
    })
    nobody.outbox.submit(message('Hello'))
    await browser.world.advance(60_000)
    expect(opened).toBe(0)
    expect(nobody.outbox.durability).toBe('memory')
    nobody.connection.connect('alice')
    await settle()
    expect(opened).toBe(1)
    expect(nobody.outbox.durability).toBe('disk')
    expect(nobody.connection.texts()).toEqual(['Hello'])
    expect((await storage(KEY)).durability).toBe('disk')
  })

  it('sends nothing to a server that takes us for another user [P-84]', async () => {
    page.connection.disconnect()
    page.outbox.submit(message('from alice'))
    page.connection.connect('bob')
    await browser.world.advance(20_000)
    expect(page.connection.written).toEqual([])
    expect(await browser.rows()).toHaveLength(1)
    page.connection.disconnect()
    page.connection.connect('alice')
    await settle()
    expect(page.connection.texts()).toEqual(['from alice'])
  })
})
