import { beforeEach, describe, expect, it } from 'vitest'
import { Browser, message, type Page, watch } from '../outbox/page.js'

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

  it('I9: leaves nothing when it is closed in the moment in which it is shown again', async () => {
    page.connection.disconnect()
    page.environment.signal('pagehide')
    await settle()
    page.environment.signal('pageshow')
    const closed = page.outbox.close()
    await settle()
    await closed
    expect(page.environment.open()).toMatchObject({ timers: 0, locks: 0, broadcasts: 0 })
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

  it('settles a retry for which it finds that another tab has the row', async () => {
    const refused = page.outbox.submit(message('refused'))
    await settle()
    page.connection.error('forbidden')
    await settle()
    page.environment.signal('pagehide')
    const other = await browser.openConnected()
    page.environment.signal('pageshow')
    const again = watch(page.outbox.retry(refused.clientMsgId))
    await settle()
    expect(again.end).toBe('aborted unknown')
    expect(page.outbox.list()).toMatchObject([{ state: 'parked' }])
    expect(other.connection.written).toEqual([])
  })

  it('puts nothing under its old name while it looks: another would take it', async () => {
    let look: () => void = () => {}
    let isSlow = false
    const slow = browser.openWith((storage) => ({
      load: async () => {
        const rows = await storage.load()
        if (isSlow) await new Promise<void>((resolve) => (look = resolve))
        return rows
      },
    }))
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
    const slow = browser.openWith((storage) => ({
      put: async (rows) => {
        const wasSlow = isSlow
        isSlow = false
        if (wasSlow) await gate()
        await storage.put(rows)
        if (wasSlow) await gate()
      },
    }))
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

  it('shows no more what it had adopted and another sent while it slept', async () => {
    page.connection.disconnect()
    page.outbox.submit(message('of the dead'))
    await settle()
    page.environment.kill()
    const heir = browser.open()
    await settle()
    expect(heir.outbox.list()).toMatchObject([{ state: 'pending' }])
    const told: string[] = []
    heir.outbox.on('change', (channelId) => told.push(channelId))
    heir.environment.signal('pagehide')
    const other = await browser.openConnected()
    other.connection.ack()
    await settle()
    heir.environment.signal('pageshow')
    await settle()
    expect(heir.outbox.list()).toEqual([])
    expect(told).toContain('general')
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
