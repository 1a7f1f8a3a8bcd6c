import { beforeEach, describe, expect, it } from 'vitest'
import type { UnsentCommand } from '../../src/channel/outbox-view.js'
import { Browser, message, type Page, watch } from './page.js'

describe('what never comes into the outbox', () => {
  let browser: Browser
  let page: Page

  beforeEach(async () => {
    browser = new Browser()
    page = await browser.openConnected()
  })

  const endOf = async (command: UnsentCommand): Promise<string> => {
    const sending = watch(page.outbox.submit(command))
    await browser.world.settle()
    return sending.end
  }

  it.each([
    ['a text with too many units', message('x'.repeat(10_001))],
    ['metadata that are too large', { ...message('x'), metadata: { a: 'x'.repeat(4_096) } }],
    [
      'a command that is too large as a whole',
      {
        ...message('\u0001'.repeat(10_000)),
        attachments: [{ url: 'u'.repeat(2_000) }],
      },
    ],
  ])('%s', async (_, command) => {
    expect(await endOf(command as UnsentCommand)).toBe('msg_too_long not_sent')
    expect(page.outbox.list()).toEqual([])
  })

  it('a message or an edit without a text', async () => {
    for (const type of ['message.send', 'message.edit']) {
      const command = { ...message(''), type, text: undefined } as unknown as UnsentCommand
      expect(await endOf(command)).toBe('invalid_argument not_sent')
    }
    expect(page.outbox.list()).toEqual([])
  })

  it.each([
    ['10,000 units of three bytes each', '€'.repeat(10_000)],
    ['10,000 units of joined emoji', '👩‍👧'.repeat(2_000)],
    ['escapes up to the limit of a frame', '\u0001'.repeat(9_900)],
  ])('but not: %s', async (_, text) => {
    expect(await endOf(message(text))).toBe('pending')
    expect(page.connection.last()).toMatchObject({ text })
  })

  it('a text with too many bytes for this server', async () => {
    page.connection.disconnect()
    page.connection.limits = { ...page.connection.limits, text_max_bytes: 5 }
    page.connection.connect()
    expect(await endOf(message('€€'))).toBe('msg_too_long not_sent')
    expect(await endOf(message('€u'))).toBe('pending')
  })

  it('a text that a stricter server would refuse', async () => {
    page.connection.disconnect()
    page.connection.limits = { ...page.connection.limits, text_max_units: 3 }
    page.connection.connect()
    expect(await endOf(message('four'))).toBe('msg_too_long not_sent')
    expect(await endOf(message('thr'))).toBe('pending')
  })

  it.each([
    ['a lone surrogate', message('\ud800')],
    ['a text that is none', message(5 as unknown as string)],
    ['what JSON cannot say', { ...message('x'), metadata: { a: 1n } }],
  ])('%s', async (_, command) => {
    expect(await endOf(command as unknown as UnsentCommand)).toBe('invalid_argument not_sent')
  })

  it('a command that changes afterwards: what is sent is what was submitted', async () => {
    const metadata: Record<string, string> = { kind: 'note' }
    page.outbox.submit({ ...message('x'), metadata } as UnsentCommand)
    metadata.kind = 'changed'
    await browser.world.settle()
    expect(page.connection.last()).toMatchObject({ metadata: { kind: 'note' } })
  })

  it('one more than it may hold: outbox_full, and not sent (I7)', async () => {
    const small = await browser.openConnected({ userId: 'alice', maxRows: 2 })
    small.connection.disconnect()
    const ends = ['1', '2', '3'].map((text) => watch(small.outbox.submit(message(text))))
    await browser.world.settle()
    expect(ends.map(({ end }) => end)).toEqual(['pending', 'pending', 'outbox_full not_sent'])
    small.connection.connect()
    await browser.world.settle()
    small.connection.ack()
    await browser.world.settle()
    expect(watch(small.outbox.submit(message('4'))).end).toBe('pending')
    expect(small.outbox.list()).toHaveLength(2)
  })

  it('one more than it may hold for what is parked: the error says what helps (I7)', async () => {
    const small = await browser.openConnected({ userId: 'alice', maxRows: 1 })
    const { clientMsgId } = small.outbox.submit(message('bad'))
    await browser.world.settle()
    small.connection.error('forbidden')
    await expect(small.outbox.submit(message('next')).settled).rejects.toMatchObject({
      code: 'outbox_full',
      remediation: expect.stringContaining('discard'),
    })
    small.outbox.discard(clientMsgId)
    expect(await endOf(message('next'))).toBe('pending')
  })

  it('more bytes than it may hold (I7)', async () => {
    const small = browser.open({ userId: 'alice', maxBytes: 1_000 })
    const ends = [500, 500, 100].map((n) => watch(small.outbox.submit(message('x'.repeat(n)))))
    await browser.world.settle()
    expect(ends.map(({ end }) => end)).toEqual(['pending', 'outbox_full not_sent', 'pending'])
  })
})
