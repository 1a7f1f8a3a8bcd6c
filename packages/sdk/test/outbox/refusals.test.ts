import { beforeEach, describe, expect, it } from 'vitest'
import type { UnsentCommand } from '../../src/channel/outbox-view.js'
import { eventOf } from './fake-connection.js'
import { Browser, message, type Page, watch } from './page.js'

describe('what the server does not take', () => {
  let browser: Browser
  let page: Page
  const settle = () => browser.world.settle()
  const advance = (ms: number) => browser.world.advance(ms)

  beforeEach(async () => {
    browser = new Browser()
    page = await browser.openConnected()
  })

  it('is parked when it was rejected, its promise rejects, and the next goes', async () => {
    const refused = watch(page.outbox.submit(message('bad')))
    page.outbox.submit(message('next'))
    await settle()
    page.connection.error('forbidden')
    await settle()
    expect(refused.end).toBe('forbidden rejected')
    expect(page.connection.texts()).toEqual(['bad', 'next'])
    expect(page.outbox.list()).toMatchObject([
      { clientMsgId: refused.clientMsgId, state: 'parked', error: { code: 'forbidden' } },
      { state: 'pending' },
    ])
    await advance(60_000)
    expect(page.connection.texts().filter((text) => text === 'bad')).toHaveLength(1)
  })

  const reaction: UnsentCommand = {
    type: 'reaction.add',
    channel_id: 'general',
    target_seq: 1,
    target_message_id: 'm-1',
    emoji: '👍',
  }

  it('is over when it is a change: its promise has told, and nothing is kept of it (I7)', async () => {
    for (let n = 0; n < 1_001; n++) {
      const refused = watch(page.outbox.submit(reaction))
      await settle()
      page.connection.error('not_found')
      await settle()
      expect(refused.end).toBe('not_found rejected')
    }
    expect(page.outbox.list()).toEqual([])
    expect(await browser.rows()).toEqual([])
  })

  it('is parked also as a change where nobody was told, or it may have taken effect', async () => {
    const refused = watch(page.outbox.submit(reaction))
    await settle()
    page.connection.disconnect()
    page.connection.connect()
    page.connection.error('conflict')
    page.outbox.submit({ ...reaction, channel_id: 'other' })
    await settle()
    expect(refused.end).toBe('conflict unknown')
    page.environment.kill()
    const next = await browser.openConnected()
    next.connection.error('forbidden')
    await settle()
    expect(next.outbox.list()).toMatchObject([
      { state: 'parked', error: { code: 'conflict' } },
      { state: 'parked', error: { code: 'forbidden' } },
    ])
  })

  it('states the outcome of the server where that differs from the code’s own', async () => {
    const refused = watch(page.outbox.submit(message('bad')))
    await settle()
    page.connection.error('conflict', { outcome: 'not_sent' })
    await settle()
    expect(refused.end).toBe('conflict not_sent')
  })

  it('has an unknown outcome when a repeat is rejected: the first try may have been accepted', async () => {
    const refused = watch(page.outbox.submit(message('bad')))
    await settle()
    page.connection.disconnect()
    page.connection.connect()
    page.connection.error('not_in_channel')
    await settle()
    expect(refused.end).toBe('not_in_channel unknown')
  })

  it.each(['rate_limited', 'unavailable'])(
    '%s is a delay, however often it comes',
    async (code) => {
      const sending = watch(page.outbox.submit(message('later')))
      page.outbox.submit(message('behind'))
      await settle()
      for (let n = 1; n <= 20; n++) {
        page.connection.error(code, { retry_after_ms: 5_000 })
        await advance(4_999)
        expect(page.connection.written).toHaveLength(n)
        // the first time exactly then; who is refused again and again comes at some time after it
        for (let s = 0; s < 25 && page.connection.written.length === n; s++) await advance(1_000)
        expect(page.connection.written).toHaveLength(n + 1)
      }
      expect(new Set(page.connection.ids())).toEqual(new Set([sending.clientMsgId]))
      page.connection.ack()
      await settle()
      expect(sending.end).toBe('sent 1')
      expect(page.connection.texts().at(-1)).toBe('behind')
    },
  )

  it('I7: comes back at times of its own when it is put off together with others again', async () => {
    const times = new Set<number>()
    for (let n = 0; n < 20; n++) page.outbox.submit(message(`${n}`, `channel-${n}`))
    await settle()
    const putOff = (from: number): void => {
      for (const frame of page.connection.written.slice(from)) {
        page.connection.error('rate_limited', { retry_after_ms: 1_000 }, frame)
      }
    }
    putOff(0)
    await advance(1_000)
    expect(page.connection.written).toHaveLength(40)
    page.connection.onWrite = () => times.add(page.environment.monotonicNow())
    putOff(20)
    await advance(2_001)
    expect(page.connection.written).toHaveLength(60)
    expect(times.size).toBeGreaterThan(10)
  })

  it('backs off by itself where the server names no delay, and believes no absurd one', async () => {
    page.outbox.submit(message('later'))
    await settle()
    page.connection.error('unavailable')
    await advance(400)
    expect(page.connection.written).toHaveLength(1)
    await advance(601)
    expect(page.connection.written).toHaveLength(2)
    page.connection.error('rate_limited', { retry_after_ms: Number.MAX_SAFE_INTEGER })
    await advance(60 * 60 * 1000)
    expect(page.connection.written).toHaveLength(3)
  })

  it('is parked after 8 other retryable errors', async () => {
    const sending = watch(page.outbox.submit(message('unlucky')))
    page.outbox.submit(message('next'))
    await settle()
    for (let n = 0; n < 8; n++) {
      page.connection.error('rate_limited', { retry_after_ms: 1 })
      await advance(5_001)
      expect(page.connection.last()).toMatchObject({ text: 'unlucky' })
      page.connection.error('internal', { retry_after_ms: 1 })
      await advance(5_001)
    }
    expect(sending.end).toBe('internal unknown')
    expect(page.connection.texts().at(-1)).toBe('next')
  })

  it.each([
    [1009, 'payload_too_large'],
    [4400, 'invalid_frame'],
  ])('is parked when two connections end with %i right behind it', async (closeCode, code) => {
    const poison = watch(page.outbox.submit(message('poison')))
    await settle()
    page.connection.disconnect(closeCode)
    page.connection.connect()
    expect(page.connection.texts()).toEqual(['poison', 'poison'])
    page.connection.disconnect(closeCode)
    await settle()
    expect(poison.end).toBe(`${code} unknown`)
    page.connection.connect()
    await advance(20_000)
    expect(page.connection.written).toHaveLength(2)
  })

  it('finds the one among many that ends connections, and parks no other', async () => {
    const sendings = ['a', 'b', 'poison', 'd', 'e'].map((text) =>
      watch(page.outbox.submit(message(text, `channel ${text}`))),
    )
    page.connection.onWrite = (frame) => {
      const isPoison = 'text' in frame && frame.text === 'poison'
      browser.world.clock.setTimer(() => {
        if (!isPoison) page.connection.ack(frame)
        else page.connection.disconnect(4400)
      }, 1)
    }
    page.connection.onWrite = ((answer) => (frame: Parameters<typeof answer>[0]) => {
      // The first connection answers nothing: everything is suspect.
      if (page.connection.session > 1) answer(frame)
    })(page.connection.onWrite)
    await settle()
    expect(page.connection.written).toHaveLength(5)
    for (let n = 0; n < 6; n++) {
      page.connection.disconnect(4400)
      page.connection.connect()
      await advance(100)
    }
    expect(sendings.map(({ end }) => end)).toEqual([
      'sent 1',
      'sent 1',
      'invalid_frame unknown',
      'sent 1',
      'sent 1',
    ])
  })

  it('is not blamed for a connection on which another was the last', async () => {
    page.outbox.submit(message('a', 'a'))
    page.outbox.submit(message('b', 'b'))
    await settle()
    for (let n = 0; n < 2; n++) {
      page.connection.disconnect(4400)
      page.connection.connect()
    }
    expect(page.connection.texts()).toEqual(['a', 'b', 'a', 'a'])
    expect(page.outbox.list().map(({ state }) => state)).toEqual(['pending', 'pending'])
  })

  it('is not blamed for connections that end otherwise', async () => {
    const sending = watch(page.outbox.submit(message('Hello')))
    await settle()
    for (const closeCode of [1006, 4503, 1001, 4001, undefined]) {
      page.connection.disconnect(closeCode)
      page.connection.connect()
    }
    page.connection.ack()
    await settle()
    expect(sending.end).toBe('sent 1')
  })

  it('settles when its own event comes after all, though it was parked', async () => {
    page.outbox.submit(message('late'))
    await settle()
    const frame = page.connection.last()
    page.connection.disconnect()
    page.connection.connect()
    page.connection.error('forbidden')
    expect(page.outbox.list()).toHaveLength(1)
    page.outbox.observe(eventOf(frame, 9))
    expect(page.outbox.list()).toEqual([])
    await settle()
    expect(await browser.rows()).toEqual([])
  })

  it('ignores a second error for what is parked', async () => {
    const refused = watch(page.outbox.submit(message('bad')))
    await settle()
    page.connection.error('forbidden')
    page.connection.error('internal')
    await settle()
    expect(refused.settledTimes).toBe(1)
    expect(page.outbox.list()).toMatchObject([{ state: 'parked', error: { code: 'forbidden' } }])
  })
})
