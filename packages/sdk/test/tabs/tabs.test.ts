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
    const inner = browser.storage
    let removed: () => void = () => {}
    const woken = browser.open(undefined, async (key) => {
      const storage = await inner(key)
      return {
        ...storage,
        remove: async (ids) => {
          await new Promise<void>((resolve) => (removed = resolve))
          await storage.remove(ids)
        },
      }
    })
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

describe('a page in the back/forward cache', () => {
  let browser: Browser
  let page: Page
  const settle = () => browser.world.settle()

  beforeEach(async () => {
    browser = new Browser()
    page = await browser.openConnected()
  })

  it('holds nothing, writes nothing, and goes on under another name when it is shown again', async () => {
    page.outbox.submit(message('on the wire'))
    await settle()
    const frame = page.connection.last()
    page.connection.disconnect()
    page.environment.signal('pagehide')
    await settle()
    expect(page.environment.open()).toMatchObject({ timers: 0, locks: 0, broadcasts: 0 })
    await browser.world.advance(60_000)
    expect(page.connection.written).toHaveLength(1)
    const [before] = await browser.rows()
    page.environment.signal('pageshow')
    page.connection.connect()
    await settle()
    const [after] = await browser.rows()
    expect(page.connection.written).toEqual([frame, frame])
    expect(after?.owner).not.toBe(before?.owner)
    expect(page.environment.open()).toMatchObject({ locks: 1, broadcasts: 1 })
  })

  it('stores what its last handlers submit, for whoever comes first', async () => {
    page.environment.signal('pagehide')
    const late = watch(page.outbox.submit(message('in pagehide')))
    await settle()
    expect(await browser.rows()).toHaveLength(1)
    const next = await browser.openConnected()
    expect(next.connection.texts()).toEqual(['in pagehide'])
    next.connection.ack(undefined, 6)
    await settle()
    page.environment.signal('pageshow')
    await settle()
    expect(late.end).toBe('sent 6')
  })

  it('may be hidden and shown in one breath, many times', async () => {
    page.connection.disconnect()
    page.outbox.submit(message('kept'))
    for (let n = 0; n < 5; n++) {
      page.environment.signal('pagehide')
      page.environment.signal('pageshow')
      await Promise.resolve()
    }
    await settle()
    expect(page.environment.open()).toMatchObject({ locks: 1, broadcasts: 1 })
    page.connection.connect()
    await settle()
    expect(page.connection.texts()).toEqual(['kept'])
    await page.outbox.close()
    expect(Object.values(page.environment.open()).every((count) => count === 0)).toBe(true)
  })

  it('may be hidden while it still opens', async () => {
    const other = browser.open()
    other.environment.signal('pagehide')
    await settle()
    expect(other.environment.open()).toMatchObject({ timers: 0, locks: 0, broadcasts: 0 })
    other.environment.signal('pageshow')
    await settle()
    expect(other.environment.open()).toMatchObject({ locks: 1 })
  })

  it('gives up what it is told to before it knows whose it is now', async () => {
    page.connection.disconnect()
    const mine = watch(page.outbox.submit(message('given up')))
    await settle()
    page.environment.signal('pagehide')
    await settle()
    page.environment.signal('pageshow')
    page.outbox.discard(mine.clientMsgId)
    page.connection.connect()
    await settle()
    expect(mine.end).toBe('aborted unknown')
    expect(page.connection.written).toEqual([])
    expect(page.outbox.list()).toEqual([])
    expect((await browser.rows()).map(({ state }) => state)).toEqual(['settled'])
  })

  it('and asks the tab that took it to do so', async () => {
    page.connection.disconnect()
    const taken = watch(page.outbox.submit(message('given up')))
    await settle()
    page.environment.signal('pagehide')
    const other = browser.open()
    await settle()
    page.environment.signal('pageshow')
    page.outbox.discard(taken.clientMsgId)
    await settle()
    expect(taken.end).toBe('aborted unknown')
    other.connection.connect()
    await settle()
    expect(other.connection.written).toEqual([])
    expect([page.outbox.list(), other.outbox.list()]).toEqual([[], []])
  })

  it('puts nothing under its old name while it looks: another would take it', async () => {
    let look: () => void = () => {}
    let isSlow = false
    const inner = browser.storage
    const slow = browser.open(undefined, async (key) => {
      const storage = await inner(key)
      return {
        ...storage,
        load: async () => {
          const rows = await storage.load()
          if (isSlow) await new Promise<void>((resolve) => (look = resolve))
          return rows
        },
      }
    })
    await settle()
    slow.connection.connect()
    isSlow = true
    slow.environment.signal('pagehide')
    slow.environment.signal('pageshow')
    await settle()
    slow.outbox.submit(message('while it looks'))
    await settle()
    const other = await browser.openConnected()
    look()
    await settle()
    expect(slow.connection.texts()).toEqual(['while it looks'])
    expect(other.connection.written).toEqual([])
  })

  it('looks only when its last write is through: another may take that row meanwhile', async () => {
    const gates: (() => void)[] = []
    const gate = () => new Promise<void>((resolve) => gates.push(resolve))
    let isSlow = false
    const inner = browser.storage
    const slow = browser.open(undefined, async (key) => {
      const storage = await inner(key)
      return {
        ...storage,
        put: async (rows) => {
          const wasSlow = isSlow
          isSlow = false
          if (wasSlow) await gate()
          await storage.put(rows)
          if (wasSlow) await gate()
        },
      }
    })
    await settle()
    slow.environment.signal('pagehide')
    isSlow = true
    slow.outbox.submit(message('in pagehide'))
    slow.environment.signal('pageshow')
    slow.connection.connect()
    await settle()
    gates.shift()?.()
    await settle()
    const other = await browser.openConnected()
    gates.shift()?.()
    await settle()
    expect(other.connection.texts()).toEqual(['in pagehide'])
    expect(slow.connection.written).toEqual([])
  })

  it('writes nothing over a row that another took while it slept', async () => {
    page.outbox.submit(message('taken'))
    await settle()
    page.connection.disconnect(4400)
    page.connection.connect()
    page.environment.signal('pagehide')
    const other = await browser.openConnected()
    expect(other.connection.texts()).toEqual(['taken'])
    page.connection.disconnect(4400)
    await settle()
    expect(page.outbox.list()).toMatchObject([{ state: 'parked' }])
    expect(await browser.rows()).toMatchObject([{ state: 'pending' }])
    page.environment.signal('pageshow')
    await settle()
    expect(page.outbox.list()).toMatchObject([{ state: 'pending' }])
  })

  it('may be closed while it sleeps', async () => {
    page.outbox.submit(message('left'))
    page.environment.signal('pagehide')
    await settle()
    await page.outbox.close()
    expect(Object.values(page.environment.open()).every((count) => count === 0)).toBe(true)
    const next = await browser.openConnected()
    expect(next.connection.texts()).toEqual(['left'])
  })
})
