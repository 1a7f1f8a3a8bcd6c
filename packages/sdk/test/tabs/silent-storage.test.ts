import { beforeEach, describe, expect, it } from 'vitest'
import { Browser, message, type Page, watch } from '../outbox/page.js'

describe('a page whose storage does not answer when it is shown again', () => {
  let browser: Browser
  const settle = () => browser.world.settle()
  let answers: boolean
  let mine: Page
  let closes: number

  beforeEach(async () => {
    browser = new Browser()
    // another page of the user is there all the time
    await browser.openConnected()
  })

  /** Offline, with these texts on disk, and back without what is there. */
  const comeBack = async (...texts: string[]) => {
    ;[answers, closes] = [true, 0]
    mine = browser.openWith((storage) => ({
      load: () => (answers ? storage.load() : new Promise(() => {})),
      close: async () => void closes++,
    }))
    await settle()
    const sent = texts.map((text) => watch(mine.outbox.submit(message(text))))
    await settle()
    mine.environment.signal('pagehide')
    await settle()
    answers = false
    mine.environment.signal('pageshow')
    await browser.world.advance(2_000)
    expect(mine.outbox.durability).toBe('memory')
    return sent
  }
  const texts = async () => (await browser.rows()).map(({ frame }) => frame.text)

  it('does not send later what was given up, nor what was acknowledged', async () => {
    const [given, kept] = await comeBack('given up', 'acknowledged')
    mine.outbox.discard(given?.clientMsgId ?? '')
    await settle()
    // Whoever found it on the disk might have sent it.
    expect(given?.end).toBe('aborted unknown')
    mine.connection.connect()
    await settle()
    mine.connection.ack()
    await settle()
    expect(kept?.end).toBe('sent 1')
    expect(mine.connection.texts()).toEqual(['acknowledged'])
    const fresh = watch(mine.outbox.submit(message('new')))
    await settle()
    mine.connection.disconnect()
    answers = true
    await browser.world.advance(30_000)
    expect(mine.outbox.durability).toBe('disk')
    mine.connection.connect()
    await settle()
    expect(mine.connection.texts()).toEqual(['acknowledged', 'new', 'new'])
    mine.connection.ack(undefined, 2)
    await settle()
    expect(fresh.end).toBe('sent 2')
    expect((await browser.rows()).filter(({ state }) => state !== 'settled')).toEqual([])
    expect(closes).toBe(1)
    await mine.outbox.close()
    expect(closes).toBe(2)
    expect(Object.values(mine.environment.open()).every((count) => count === 0)).toBe(true)
  })

  it('says of what lies on the disk that nobody knows, when it is closed', async () => {
    const [left] = await comeBack('left')
    const late = watch(mine.outbox.submit(message('late')))
    await mine.outbox.close()
    expect([left?.end, late.end]).toEqual(['closed unknown', 'closed unknown'])
    const next = await browser.openConnected()
    next.connection.ack()
    await settle()
    expect(next.connection.texts()).toEqual(['left', 'late'])
  })

  it('writes nothing over what another took meanwhile', async () => {
    await comeBack('taken')
    const other = await browser.openConnected()
    expect(other.connection.texts()).toEqual(['taken'])
    mine.connection.connect()
    await settle()
    mine.connection.error('forbidden')
    await settle()
    answers = true
    await browser.world.advance(30_000)
    expect(await browser.rows()).toMatchObject([{ state: 'pending' }])
    expect(await texts()).toEqual(['taken'])
    expect(mine.outbox.list()).toHaveLength(1)
    other.connection.ack()
    await settle()
    expect([mine.outbox.list(), other.outbox.list()]).toEqual([[], []])
  })
})
