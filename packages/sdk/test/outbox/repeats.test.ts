import { beforeEach, describe, expect, it } from 'vitest'
import { SERVER_EPOCH_MS } from './fake-connection.js'
import { Browser, message, type Page, watch } from './page.js'

describe('a send that got no answer', () => {
  let browser: Browser
  let page: Page
  const settle = () => browser.world.settle()

  beforeEach(async () => {
    browser = new Browser()
    page = await browser.openConnected()
  })

  it('goes again at once after a reconnect, the same in every byte [P-82] [P-83]', async () => {
    page.outbox.submit(message('Hello'))
    await settle()
    const first = page.connection.last()
    page.connection.disconnect(1006)
    await browser.world.advance(60_000)
    page.connection.connect()
    expect(page.connection.written).toEqual([first, first])
  })

  it('goes again after 10 s without an answer, the same in every byte [P-83]', async () => {
    page.outbox.submit(message('Hello'))
    await settle()
    await browser.world.advance(9_999)
    expect(page.connection.written).toHaveLength(1)
    await browser.world.advance(1)
    const [first, second] = page.connection.written
    expect(second).toEqual(first)
    await browser.world.advance(10_000)
    expect(page.connection.written).toHaveLength(3)
  })

  it('writes nothing after goaway until the next connection', async () => {
    page.connection.disconnect()
    page.outbox.submit(message('Hello'))
    await browser.world.advance(20_000)
    expect(page.connection.written).toEqual([])
    page.connection.connect()
    await settle()
    expect(page.connection.texts()).toEqual(['Hello'])
  })

  it('takes an ack that comes from the old connection after goaway', async () => {
    const sending = watch(page.outbox.submit(message('Hello')))
    await settle()
    page.connection.disconnect()
    page.connection.ack(undefined, 4)
    await settle()
    expect(sending.end).toBe('sent 4')
    page.connection.connect()
    await settle()
    expect(page.connection.written).toHaveLength(1)
  })

  it('dates a first try anew when it did not come about, but never a second one', async () => {
    page.outbox.submit(message('first'))
    page.outbox.submit(message('second'))
    await settle()
    const firstTs = page.connection.last().first_try_ts
    page.connection.disconnect()
    const week = 7 * 24 * 60 * 60 * 1000
    await browser.world.advance(week)
    page.connection.connect()
    await settle()
    expect(page.connection.last().first_try_ts).toBe(firstTs)
    page.connection.ack()
    await settle()
    expect(page.connection.last()).toMatchObject({ text: 'second' })
    expect(page.connection.last().first_try_ts).toBe(SERVER_EPOCH_MS + week)
  })

  it('does not wait for a server time that is not known yet, nor send without one', async () => {
    const other = browser.open()
    other.outbox.submit(message('Hello'))
    await settle()
    expect((await browser.rows())[0]?.firstTryTs).toBeUndefined()
    other.connection.connect()
    await settle()
    expect(other.connection.last().first_try_ts).toBe(SERVER_EPOCH_MS)
  })
})
