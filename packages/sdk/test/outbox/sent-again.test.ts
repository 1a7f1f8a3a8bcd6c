import { beforeEach, describe, expect, it } from 'vitest'
import { SERVER_EPOCH_MS } from './fake-connection.js'
import { Browser, message, type Page, watch } from './page.js'

const DAY_MS = 24 * 60 * 60 * 1000

describe('what the server did not take is sent again', () => {
  let browser: Browser
  let page: Page
  const settle = () => browser.world.settle()
  const advance = (ms: number) => browser.world.advance(ms)

  beforeEach(async () => {
    browser = new Browser()
    page = await browser.openConnected()
  })

  it('under a new id when it was rejected, behind what came later', async () => {
    const first = page.outbox.submit(message('bad'))
    await settle()
    const ts = page.connection.last().first_try_ts
    page.connection.error('forbidden')
    page.outbox.submit(message('next'))
    await advance(1_000)
    const again = watch(page.outbox.retry(first.clientMsgId))
    expect(again.clientMsgId).not.toBe(first.clientMsgId)
    page.connection.ack()
    await settle()
    expect(page.connection.last()).toMatchObject({
      text: 'bad',
      client_msg_id: again.clientMsgId,
      first_try_ts: ts + 1_000,
    })
    page.connection.ack(undefined, 2)
    await settle()
    expect(again.end).toBe('sent 2')
    expect(await browser.rows()).toEqual([])
  })

  it('under its own id, in its own place, when the outcome is unknown (I3)', async () => {
    const first = page.outbox.submit(message('unlucky'))
    await settle()
    const frame = page.connection.last()
    page.connection.disconnect()
    page.connection.connect()
    page.connection.error('forbidden')
    const again = watch(page.outbox.retry(first.clientMsgId))
    await settle()
    expect(again.clientMsgId).toBe(first.clientMsgId)
    expect(page.connection.last()).toEqual(frame)
    page.connection.ack(undefined, 1, true)
    await settle()
    expect(again.end).toBe('sent 1')
    expect(again.settledTimes).toBe(1)
  })

  it('only with consent when it is too old to be recognised', async () => {
    const first = page.outbox.submit(message('old'))
    await settle()
    page.connection.disconnect()
    await advance(6 * DAY_MS + 1)
    page.connection.connect()
    page.connection.error('send_too_old')
    const refused = watch(page.outbox.retry(first.clientMsgId))
    await settle()
    expect(refused.end).toBe('send_too_old unknown')
    expect(page.outbox.list()).toHaveLength(1)
    const again = watch(page.outbox.retry(first.clientMsgId, { allowDuplicate: true }))
    await settle()
    expect(again.clientMsgId).not.toBe(first.clientMsgId)
    expect(page.connection.last()).toMatchObject({
      client_msg_id: again.clientMsgId,
      first_try_ts: SERVER_EPOCH_MS + 6 * DAY_MS + 1,
    })
  })

  it('not at all when it is not parked, or not there', async () => {
    const first = page.outbox.submit(message('Hello'))
    const tooEarly = watch(page.outbox.retry(first.clientMsgId))
    const nobody = watch(page.outbox.retry('nobody'))
    await settle()
    expect([tooEarly.end, nobody.end]).toEqual([
      'invalid_argument not_sent',
      'invalid_argument not_sent',
    ])
    page.connection.ack()
    await settle()
    expect(watch(first).end).toBe('pending')
  })

  it('after a reload too', async () => {
    const first = page.outbox.submit(message('bad'))
    await settle()
    page.connection.error('forbidden')
    await settle()
    page.environment.kill()
    const next = await browser.openConnected()
    expect(next.outbox.list()).toMatchObject([{ state: 'parked', error: { code: 'forbidden' } }])
    expect(next.connection.written).toEqual([])
    const again = watch(next.outbox.retry(first.clientMsgId))
    await settle()
    next.connection.ack(undefined, 4)
    await settle()
    expect(again.end).toBe('sent 4')
  })
})
