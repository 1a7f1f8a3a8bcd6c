import { beforeEach, describe, expect, it } from 'vitest'
import { Browser, message, type Page, type Watched, watch } from '../outbox/page.js'

const HOUR_MS = 60 * 60 * 1000

describe('tabs of one user of which one dies', () => {
  let browser: Browser
  let first: Page
  let second: Page
  const settle = () => browser.world.settle()
  const advance = (ms: number) => browser.world.advance(ms)

  beforeEach(async () => {
    browser = new Browser()
    first = await browser.openConnected()
    second = await browser.openConnected()
  })

  it('take over what a dead tab left, within 30 s, in its order, and before own newer ones', async () => {
    first.connection.disconnect()
    second.connection.disconnect()
    for (const text of ['d1', 'd2']) first.outbox.submit(message(text))
    await advance(1)
    second.outbox.submit(message('later'))
    await settle()
    first.environment.kill()
    await advance(30_000)
    second.connection.onWrite = (frame) =>
      void browser.world.clock.setTimer(() => second.connection.ack(frame), 1)
    second.connection.connect()
    await advance(100)
    expect(second.connection.texts()).toEqual(['d1', 'd2', 'later'])
    await settle()
    expect((await browser.rows()).filter(({ state }) => state !== 'settled')).toEqual([])
  })

  it('send what a dead tab had on the wire under the same id and the same time (I3)', async () => {
    first.outbox.submit(message('on the wire'))
    await settle()
    const frame = first.connection.last()
    first.environment.kill()
    await advance(30_000)
    expect(second.connection.written[0]).toEqual(frame)
  })

  it.each([
    ['died before', (page: Page) => page.environment.kill()],
    ['is asleep, and dies in its sleep', (page: Page) => page.environment.freeze()],
  ])('do not send what was discarded in one while its own tab %s', async (_, end) => {
    const third = await browser.openConnected()
    first.connection.disconnect()
    const { clientMsgId } = first.outbox.submit(message('given up'))
    await settle()
    end(first)
    second.outbox.discard(clientMsgId)
    await advance(90_000)
    first.environment.kill()
    await advance(35_000)
    expect([second.connection.texts(), third.connection.texts()]).toEqual([[], []])
    expect([second.outbox.list(), third.outbox.list()]).toEqual([[], []])
  })

  /** A send that was refused in the first tab, which is dead, and is to go again by the second. */
  const retryOfTheDead = async (): Promise<Watched> => {
    const { clientMsgId } = first.outbox.submit(message('refused'))
    await settle()
    first.connection.error('forbidden')
    await settle()
    first.environment.kill()
    return watch(second.outbox.retry(clientMsgId))
  }

  it('send again what one was told to while the tab that had parked it was dead', async () => {
    const again = await retryOfTheDead()
    await advance(35_000)
    expect(second.connection.ids()).toEqual([again.clientMsgId])
    second.connection.ack(undefined, 4)
    await settle()
    expect(again.end).toBe('sent 4')
    expect(second.outbox.list()).toEqual([])
  })

  it('settle a retry also where another tab opens and takes the row first', async () => {
    const again = await retryOfTheDead()
    const third = await browser.openConnected()
    expect(third.connection.written).toEqual([])
    await advance(35_000)
    expect(third.connection.ids()).toEqual([again.clientMsgId])
    third.connection.ack(undefined, 4)
    await settle()
    expect(again.end).toBe('sent 4')
  })

  it('settle a retry of which nothing can come: it was asked for twice, or then discarded', async () => {
    const sendings = ['a', 'b'].map((text) => first.outbox.submit(message(text, text)))
    await settle()
    for (const frame of [...first.connection.written])
      first.connection.error('forbidden', {}, frame)
    await settle()
    const [a = '', b = ''] = sendings.map(({ clientMsgId }) => clientMsgId)
    const twice = [1, 2].map(() => watch(second.outbox.retry(a)))
    await settle()
    first.connection.ack(undefined, 8)
    await settle()
    first.environment.kill()
    const discarded = watch(second.outbox.retry(b))
    second.outbox.discard(b)
    await advance(35_000)
    expect([...twice, discarded].map(({ end }) => end)).toEqual([
      'sent 8',
      'aborted unknown',
      'aborted unknown',
    ])
    expect(second.outbox.list()).toEqual([])
  })

  it('are two who find the same dead tab: one takes each row', async () => {
    const third = await browser.openConnected()
    first.connection.disconnect()
    for (let n = 0; n < 10; n++) first.outbox.submit(message(`${n}`, `channel ${n}`))
    await settle()
    first.environment.kill()
    await advance(30_000)
    const both = [...second.connection.texts(), ...third.connection.texts()].sort()
    expect([...new Set(both)]).toHaveLength(10)
    expect(
      second.connection.texts().filter((text) => third.connection.texts().includes(text)),
    ).toEqual([])
  })

  it('keep what was settled for another for 24 hours, and no longer', async () => {
    first.connection.disconnect()
    first.outbox.submit(message('of the dead'))
    await settle()
    first.environment.kill()
    await advance(30_000)
    second.connection.ack()
    await advance(23 * HOUR_MS)
    expect(await browser.rows()).toMatchObject([{ state: 'settled', frame: {} }])
    await advance(HOUR_MS + 60_000)
    expect(await browser.rows()).toEqual([])
  })
})
