import { beforeEach, describe, expect, it } from 'vitest'
import { eventOf } from '../outbox/fake-connection.js'
import { Browser, message, type Page, watch } from '../outbox/page.js'

const HOUR_MS = 60 * 60 * 1000

const textsIn = (page: Page): unknown[] =>
  page.outbox.list().map(({ command }) => 'text' in command && command.text)

describe('two tabs of one user', () => {
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

  it('send each what was typed in them, and neither sends for the other', async () => {
    first.outbox.submit(message('first'))
    second.outbox.submit(message('second'))
    await advance(35_000)
    expect(new Set(first.connection.texts())).toEqual(new Set(['first']))
    expect(new Set(second.connection.texts())).toEqual(new Set(['second']))
  })

  it('show each other’s commands, and what becomes of them', async () => {
    first.connection.disconnect()
    const { clientMsgId } = first.outbox.submit(message('typed in the first'))
    await settle()
    expect(textsIn(second)).toEqual(['typed in the first'])
    first.connection.connect()
    await settle()
    first.connection.error('forbidden')
    await settle()
    expect(second.outbox.list()).toMatchObject([{ clientMsgId, error: { code: 'forbidden' } }])
    first.outbox.discard(clientMsgId)
    await settle()
    expect(second.outbox.list()).toEqual([])
  })

  it('show what a tab that was opened later finds in the storage', async () => {
    first.connection.disconnect()
    first.outbox.submit(message('typed before'))
    await settle()
    const third = await browser.openConnected()
    expect(textsIn(third)).toEqual(['typed before'])
    expect(third.connection.written).toEqual([])
  })

  it('retry and discard what is parked in the other', async () => {
    const sendings = ['a', 'b'].map((text) => first.outbox.submit(message(text, text)))
    await settle()
    for (const frame of [...first.connection.written])
      first.connection.error('forbidden', {}, frame)
    await settle()
    const again = watch(second.outbox.retry(sendings[0]?.clientMsgId ?? ''))
    second.outbox.discard(sendings[1]?.clientMsgId ?? '')
    await settle()
    expect(second.connection.written).toEqual([])
    expect(first.connection.last()).toMatchObject({ text: 'a', client_msg_id: again.clientMsgId })
    first.connection.ack(undefined, 8)
    await settle()
    expect(again.end).toBe('sent 8')
    expect([first.outbox.list(), second.outbox.list()]).toEqual([[], []])
  })

  it('I3: what one had the other send again as it woke does not come back with what it reads', async () => {
    let removed: () => void = () => {}
    const woken = browser.openWith((storage) => ({
      remove: async (ids) => {
        await new Promise<void>((resolve) => (removed = resolve))
        await storage.remove(ids)
      },
    }))
    await settle()
    woken.connection.connect()
    const { clientMsgId } = woken.outbox.submit(message('once'))
    await settle()
    woken.connection.error('forbidden')
    await settle()
    woken.environment.freeze()
    // its look at the storage falls due, and waits for it to wake
    await advance(31_000)
    watch(second.outbox.retry(clientMsgId))
    await settle()
    woken.environment.thaw()
    await settle()
    removed()
    await settle()
    woken.connection.ack(undefined, 8)
    await settle()
    expect(woken.connection.texts()).toEqual(['once', 'once'])
    expect([woken.outbox.list(), second.outbox.list()]).toEqual([[], []])
  })

  it('leave a suspended tab its own: it holds its lock, and stands in nobody’s way', async () => {
    first.connection.disconnect()
    first.outbox.submit(message('of the frozen'))
    await settle()
    first.environment.freeze()
    second.outbox.submit(message('of the living'))
    await advance(HOUR_MS)
    expect(new Set(second.connection.texts())).toEqual(new Set(['of the living']))
    first.environment.thaw()
    first.connection.connect()
    await settle()
    expect(first.connection.texts()).toEqual(['of the frozen'])
  })

  it('settle a send in whichever tab asked, though another tab sent it', async () => {
    first.connection.disconnect()
    const sent = watch(first.outbox.submit(message('sent by the other', 'a')))
    const refused = watch(first.outbox.submit(message('refused', 'b')))
    await settle()
    first.environment.signal('pagehide')
    await advance(30_000)
    const [one, two] = second.connection.written
    second.connection.ack(one, 3)
    second.connection.error('forbidden', {}, two)
    await settle()
    expect([sent.end, refused.end]).toEqual(['pending', 'pending'])
    first.environment.signal('pageshow')
    await settle()
    expect([sent.end, refused.end]).toEqual(['sent 3', 'forbidden rejected'])
    expect(textsIn(first)).toEqual(['refused'])
  })

  it('settle it also while the woken tab waits for the other one', async () => {
    first.connection.disconnect()
    const sent = watch(first.outbox.submit(message('sent by the other')))
    await settle()
    first.environment.signal('pagehide')
    await advance(30_000)
    first.environment.signal('pageshow')
    await settle()
    first.connection.connect()
    await settle()
    expect(first.connection.written).toEqual([])
    second.connection.deliver(eventOf(second.connection.last(), 5))
    await settle()
    expect(sent.end).toBe('sent 5')
    expect(textsIn(first)).toEqual([])
  })

  it('[P-81] a woken tab lets nothing overtake what the other has of it in the same channel', async () => {
    first.connection.disconnect()
    second.connection.disconnect()
    first.outbox.submit(message('before sleeping'))
    await settle()
    first.environment.signal('pagehide')
    await advance(30_000)
    first.environment.signal('pageshow')
    await settle()
    first.outbox.submit(message('after'))
    first.outbox.submit(message('elsewhere', 'other'))
    first.connection.connect()
    await settle()
    expect(first.connection.texts()).toEqual(['elsewhere'])
    second.connection.connect()
    await settle()
    second.connection.ack()
    await settle()
    expect(first.connection.texts()).toEqual(['elsewhere', 'after'])
  })

  it('[P-81] nor while it waits for a tab that dies with it', async () => {
    first.connection.disconnect()
    second.connection.disconnect()
    first.outbox.submit(message('before sleeping'))
    await settle()
    first.environment.signal('pagehide')
    await advance(30_000)
    first.environment.signal('pageshow')
    await settle()
    first.outbox.submit(message('after'))
    first.connection.connect()
    await settle()
    expect(first.connection.texts()).toEqual([])
    second.environment.kill()
    await advance(35_000)
    expect(first.connection.texts()).toEqual(['before sleeping'])
    first.connection.ack()
    await settle()
    expect(first.connection.texts()).toEqual(['before sleeping', 'after'])
  })

  it('settle it as unknown when nothing is kept of it any more', async () => {
    first.connection.disconnect()
    const sent = watch(first.outbox.submit(message('long ago')))
    await settle()
    first.environment.signal('pagehide')
    await advance(30_000)
    second.connection.ack()
    await advance(25 * HOUR_MS)
    expect(await browser.rows()).toEqual([])
    first.environment.signal('pageshow')
    await settle()
    expect(sent.end).toBe('aborted unknown')
    expect(first.outbox.list()).toEqual([])
  })

  it('are of different users: they see nothing of each other', async () => {
    const bob = await browser.openConnected({ userId: 'bob' })
    first.connection.disconnect()
    first.outbox.submit(message('of alice'))
    await settle()
    expect(bob.outbox.list()).toEqual([])
    first.environment.kill()
    await advance(60_000)
    expect(bob.outbox.list()).toEqual([])
    expect(textsIn(second)).toEqual(['of alice'])
  })
})
