import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryStorage } from '../../src/storage/memory.js'
import { Browser, message, type Page, watch } from './page.js'

describe('giving up', () => {
  let browser: Browser
  let page: Page
  const settle = () => browser.world.settle()

  beforeEach(async () => {
    browser = new Browser()
    page = await browser.openConnected()
  })

  it('before it was ever on the wire: not sent, and never will be', async () => {
    page.outbox.submit(message('in front'))
    const abort = new AbortController()
    const sending = watch(page.outbox.submit(message('never'), { signal: abort.signal }))
    page.outbox.submit(message('behind'))
    await settle()
    abort.abort()
    await settle()
    expect(sending.end).toBe('aborted not_sent')
    page.connection.ack()
    await settle()
    expect(page.connection.texts()).toEqual(['in front', 'behind'])
    expect(await browser.rows()).toHaveLength(1)
  })

  it('while it is on the wire: unknown, and the next goes', async () => {
    const abort = new AbortController()
    const sending = watch(page.outbox.submit(message('on its way'), { signal: abort.signal }))
    page.outbox.submit(message('next'))
    await settle()
    abort.abort()
    await settle()
    expect(sending.end).toBe('aborted unknown')
    expect(page.connection.texts()).toEqual(['on its way', 'next'])
    page.connection.ack(page.connection.written[0])
    await settle()
    expect(sending.settledTimes).toBe(1)
  })

  it('after a refusal that is certain: not sent', async () => {
    const sending = watch(page.outbox.submit(message('later')))
    await settle()
    page.connection.error('rate_limited', { retry_after_ms: 5_000 })
    page.outbox.discard(sending.clientMsgId)
    await settle()
    expect(sending.end).toBe('aborted not_sent')
  })

  it('by a signal that was aborted already: nothing is kept', async () => {
    const sending = watch(page.outbox.submit(message('never'), { signal: AbortSignal.abort() }))
    await settle()
    expect(sending.end).toBe('aborted not_sent')
    expect(page.outbox.list()).toEqual([])
  })

  it('too late: an abort after the ack changes nothing', async () => {
    const abort = new AbortController()
    const sending = watch(page.outbox.submit(message('sent'), { signal: abort.signal }))
    await settle()
    page.connection.ack()
    abort.abort()
    await settle()
    expect(sending.end).toBe('sent 1')
  })

  it('discards what is parked, for good', async () => {
    const sending = page.outbox.submit(message('bad'))
    await settle()
    page.connection.error('forbidden')
    page.outbox.discard(sending.clientMsgId)
    page.outbox.discard('nobody')
    await settle()
    expect(page.outbox.list()).toEqual([])
    expect(await browser.rows()).toEqual([])
  })
})

describe('draining', () => {
  let browser: Browser
  let page: Page
  const settle = () => browser.world.settle()

  beforeEach(async () => {
    browser = new Browser()
    page = await browser.openConnected()
  })

  const follow = (drained: Promise<void>): { end: string } => {
    const followed = { end: 'pending' }
    drained.then(
      () => {
        followed.end = 'drained'
      },
      ({ code }: { code: string }) => {
        followed.end = code
      },
    )
    return followed
  }

  it('resolves at once when nothing waits', async () => {
    await page.outbox.drain()
  })

  it('resolves when everything is settled or parked', async () => {
    page.outbox.submit(message('one'))
    page.outbox.submit(message('two'))
    const drained = follow(page.outbox.drain())
    await settle()
    page.connection.ack()
    await settle()
    expect(drained.end).toBe('pending')
    page.connection.error('forbidden')
    await settle()
    expect(drained.end).toBe('drained')
  })

  it('rejects when the time is up, when it is aborted, and when the client is closed', async () => {
    page.outbox.submit(message('one'))
    const abort = new AbortController()
    const ends = [
      follow(page.outbox.drain({ timeoutMs: 5_000 })),
      follow(page.outbox.drain({ signal: abort.signal })),
      follow(page.outbox.drain()),
    ]
    await browser.world.advance(5_000)
    abort.abort()
    await settle()
    expect(ends.map(({ end }) => end)).toEqual(['timeout', 'aborted', 'pending'])
    await page.outbox.close()
    await settle()
    expect(ends[2]?.end).toBe('closed')
    expect(follow(page.outbox.drain()).end).toBe('pending')
  })

  it('waits for what an earlier page left', async () => {
    page.connection.disconnect()
    page.outbox.submit(message('left'))
    await settle()
    page.environment.kill()
    const next = browser.open()
    const drained = follow(next.outbox.drain())
    await settle()
    expect(drained.end).toBe('pending')
    next.connection.connect()
    await settle()
    next.connection.ack()
    await settle()
    expect(drained.end).toBe('drained')
  })
})

describe('closing', () => {
  let browser: Browser
  let page: Page
  const settle = () => browser.world.settle()

  beforeEach(async () => {
    browser = new Browser()
    page = await browser.openConnected()
  })

  it('rejects what is open with what can be said of it, and leaves it to the next client', async () => {
    const onTheWire = watch(page.outbox.submit(message('on its way')))
    const waiting = watch(page.outbox.submit(message('waiting')))
    await settle()
    await page.outbox.close()
    expect([onTheWire.end, waiting.end]).toEqual(['closed unknown', 'closed unknown'])
    const next = await browser.openConnected()
    expect(next.connection.texts()).toEqual(['on its way'])
    expect(next.connection.last().client_msg_id).toBe(onTheWire.clientMsgId)
    next.connection.ack()
    await settle()
    expect(next.connection.texts()).toEqual(['on its way', 'waiting'])
  })

  it('says not_sent of what never left and goes with the client: no other will send it', async () => {
    browser.storage = createMemoryStorage('memory')
    const other = await browser.openConnected()
    const early = browser.open({ userId: 'bob' })
    const nobody = browser.open({})
    const ends = [other, other, early, nobody].map(({ outbox }) =>
      watch(outbox.submit(message('x'))),
    )
    for (const { outbox } of [early, nobody]) await outbox.close()
    await settle()
    await other.outbox.close()
    expect(ends.map(({ end }) => end)).toEqual([
      'closed unknown',
      'closed not_sent',
      'closed not_sent',
      'closed not_sent',
    ])
  })

  it('stores what was submitted in the same turn', async () => {
    page.outbox.submit(message('just now'))
    await page.outbox.close()
    expect(await browser.rows()).toMatchObject([{ frame: { text: 'just now' } }])
  })

  it('leaves no timer, lock, listener or broadcast (I9)', async () => {
    page.outbox.submit(message('one'))
    await settle()
    expect(page.environment.open()).toMatchObject({ locks: 1, broadcasts: 1, signalListeners: 1 })
    await page.outbox.close()
    expect(page.environment.open()).toEqual({
      timers: 0,
      sockets: 0,
      locks: 0,
      broadcasts: 0,
      signalListeners: 0,
    })
  })

  it.each([0, 1, 2, 3])('wins over an opening that is under way (%i turns in)', async (turns) => {
    const other = browser.open()
    for (let n = 0; n < turns; n++) await Promise.resolve()
    const closed = other.outbox.close()
    await browser.world.advance(3_000)
    await closed
    expect(Object.values(other.environment.open()).every((count) => count === 0)).toBe(true)
  })

  it('ends within the time of the storage when that does not answer', async () => {
    const stuck = browser.open(undefined, () => new Promise(() => {}))
    const closed = stuck.outbox.close()
    await browser.world.advance(2_000)
    await closed
    expect(Object.values(stuck.environment.open()).every((count) => count === 0)).toBe(true)
  })

  it('refuses what comes afterwards, and may be called twice', async () => {
    await page.outbox.close()
    await page.outbox.close()
    const late = watch(page.outbox.submit(message('late')))
    page.connection.ack({
      ...message('x'),
      client_msg_id: late.clientMsgId,
      first_try_ts: 0,
    } as never)
    await settle()
    expect(late.end).toBe('closed not_sent')
    expect(await browser.rows()).toEqual([])
  })

  it('refuses to send again what it still shows', async () => {
    const refused = page.outbox.submit(message('bad'))
    await settle()
    page.connection.error('forbidden')
    await settle()
    await page.outbox.close()
    const again = watch(page.outbox.retry(refused.clientMsgId))
    await settle()
    expect(again.end).toBe('closed not_sent')
  })

  it('says so when the reason is another user', async () => {
    page.connection.disconnect()
    const sending = watch(page.outbox.submit(message('from alice')))
    await settle()
    await page.outbox.close('user_changed')
    expect(sending.end).toBe('user_changed unknown')
    expect(await browser.rows()).toHaveLength(1)
  })
})
