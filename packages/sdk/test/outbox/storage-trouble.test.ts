import { beforeEach, describe, expect, it } from 'vitest'
import { createOutbox } from '../../src/outbox/outbox.js'
import type { OpenOutboxStorage, OutboxStorage } from '../../src/storage/port.js'
import { KEY } from '../storage/rows.js'
import { FakeConnection } from './fake-connection.js'
import { Browser, message, watch } from './page.js'

/** A storage that can be made to fail, or to answer nothing. */
class Trouble {
  puts: 'work' | 'fail' | 'hang' = 'work'
  opens = 0
  writes = 0
  /** Lets the writes that hang succeed. */
  answer: () => void = () => {}
  constructor(private readonly inner: OpenOutboxStorage) {}

  readonly open: OpenOutboxStorage = async (key) => {
    this.opens++
    const storage = await this.inner(key)
    const guard = async (work: () => Promise<void>): Promise<void> => {
      this.writes++
      if (this.puts === 'fail') throw new Error('disk full')
      if (this.puts === 'hang') await new Promise<void>((resolve) => (this.answer = resolve))
      return work()
    }
    const troubled: OutboxStorage = {
      ...storage,
      put: (rows) => guard(() => storage.put(rows)),
      remove: (ids) => guard(() => storage.remove(ids)),
    }
    return troubled
  }
}

describe('when the storage', () => {
  let browser: Browser
  let trouble: Trouble
  const settle = () => browser.world.settle()
  const advance = (ms: number) => browser.world.advance(ms)

  beforeEach(() => {
    browser = new Browser()
    trouble = new Trouble(browser.storage)
    browser.storage = trouble.open
  })

  it('cannot be opened, the outbox goes on in memory, and says so', async () => {
    browser.storage = () => Promise.reject(new Error('not allowed'))
    const page = await browser.openConnected()
    const sending = watch(page.outbox.submit(message('Hello')))
    await settle()
    expect(page.outbox.durability).toBe('memory')
    page.connection.ack()
    await settle()
    expect(sending.end).toBe('sent 1')
    expect(page.environment.open().locks).toBe(0)
  })

  it('can be opened later, it has what is in memory from then on, and what another page left is sent', async () => {
    const dead = await browser.openConnected()
    dead.connection.disconnect()
    dead.outbox.submit(message('left behind'))
    await settle()
    dead.environment.kill()
    let opens = 0
    const page = browser.open({ userId: KEY.userId }, async (key) => {
      opens++
      if (opens === 1) throw new Error('locked')
      if (opens === 2) await new Promise(() => {})
      return trouble.open(key)
    })
    const sending = watch(page.outbox.submit(message('Hello')))
    await advance(30_000 + 2_000)
    expect([page.outbox.durability, page.outbox.list().length, opens]).toEqual(['memory', 1, 2])
    await advance(30_000)
    expect([page.outbox.durability, page.outbox.list().length, opens]).toEqual(['disk', 2, 3])
    const rows = await browser.rows()
    expect(new Set(rows.map(({ frame }) => frame.text))).toEqual(new Set(['left behind', 'Hello']))
    expect(new Set(rows.map(({ owner }) => owner)).size).toBe(1)
    page.connection.connect()
    await settle()
    expect(page.connection.texts()).toHaveLength(1)
    page.connection.ack()
    await settle()
    page.connection.ack()
    await settle()
    expect(sending.end).toMatch(/^sent/)
    expect(page.outbox.list()).toEqual([])
    // one look at a time
    await advance(60_000)
    await page.outbox.close()
    expect(Object.values(page.environment.open()).every((count) => count === 0)).toBe(true)
  })

  it('throws as it is asked, the outbox goes on in memory, and is closed as ever', async () => {
    let opens = 0
    const page = browser.open({ userId: KEY.userId }, () => {
      opens++
      throw new Error('not here')
    })
    page.connection.connect()
    page.outbox.submit(message('Hello'))
    await advance(61_000)
    expect(new Set(page.connection.texts())).toEqual(new Set(['Hello']))
    expect(opens).toBe(3)
    await page.outbox.close()
    expect(Object.values(page.environment.open()).every((count) => count === 0)).toBe(true)
  })

  it('is opened later, what is answered meanwhile is heard', async () => {
    let opens = 0
    let look: () => void = () => {}
    const page = browser.open({ userId: KEY.userId }, async (key) => {
      if (++opens === 1) throw new Error('locked')
      const storage = await trouble.open(key)
      return {
        ...storage,
        load: async () => {
          await new Promise<void>((resolve) => (look = resolve))
          return storage.load()
        },
      }
    })
    await settle()
    page.connection.connect()
    await advance(29_999)
    const sending = watch(page.outbox.submit(message('Hello')))
    const refused = watch(page.outbox.submit(message('No', 'random')))
    await settle()
    const [hello, no] = page.connection.written
    await advance(1)
    if (hello && no) {
      page.connection.ack(hello, 7)
      page.connection.error('forbidden', {}, no)
    }
    expect(sending.end).toBe('pending')
    look()
    await settle()
    expect([sending.end, refused.end]).toEqual(['sent 7', 'forbidden rejected'])
    expect(page.connection.written).toHaveLength(2)
  })

  it('does not open within 2 s, nothing waits longer, and what opens late is closed again', async () => {
    const inner = browser.storage
    let opened: (storage: OutboxStorage) => void = () => {}
    let closed = 0
    browser.storage = () => new Promise((resolve) => (opened = resolve))
    const page = browser.open()
    page.connection.connect()
    page.outbox.submit(message('Hello'))
    await advance(1_999)
    expect(page.connection.written).toEqual([])
    await advance(1)
    expect(page.connection.texts()).toEqual(['Hello'])
    const storage = await inner(KEY)
    opened({ ...storage, close: async () => void closed++ })
    await settle()
    expect(closed).toBe(1)
    expect(page.environment.open().locks).toBe(0)
    expect(page.outbox.durability).toBe('memory')
  })

  it('answers an adoption too late, the rows are found by the next look, and listed once', async () => {
    const dead = await browser.openConnected()
    dead.connection.disconnect()
    dead.outbox.submit(message('left behind'))
    await settle()
    const inner = browser.storage
    let answer: () => void = () => {}
    browser.storage = async (key) => {
      const storage = await inner(key)
      return {
        ...storage,
        adopt: async (from, to) => {
          const adopted = await storage.adopt(from, to)
          await new Promise<void>((resolve) => (answer = resolve))
          return adopted
        },
      }
    }
    const page = await browser.openConnected()
    dead.environment.kill()
    await advance(33_000)
    answer()
    await settle()
    expect(page.connection.texts()).toEqual([])
    await advance(33_000)
    expect(new Set(page.connection.texts())).toEqual(new Set(['left behind']))
    expect(page.outbox.list()).toHaveLength(1)
    await page.outbox.close()
    expect(Object.values(page.environment.open()).every((count) => count === 0)).toBe(true)
  })

  it('does not answer when it is closed, closing ends all the same', async () => {
    const inner = browser.storage
    browser.storage = async (key) => ({ ...(await inner(key)), close: () => new Promise(() => {}) })
    const page = await browser.openConnected()
    const closed = page.outbox.close()
    await advance(2_000)
    await closed
    expect(Object.values(page.environment.open()).every((count) => count === 0)).toBe(true)
  })

  it('is in memory by wish, that is what it says', async () => {
    browser.storage = async (key) => ({ ...(await trouble.open(key)), durability: 'memory' })
    const page = await browser.openConnected()
    page.outbox.submit(message('Hello'))
    await settle()
    expect(page.outbox.durability).toBe('memory')
    expect(page.connection.texts()).toEqual(['Hello'])
  })

  it.each(['fail', 'hang'] as const)(
    '%ss in a write, the send goes, and later all is on disk again',
    async (how) => {
      const page = await browser.openConnected()
      const told: string[] = []
      page.outbox.on('durability', (durability) => told.push(durability))
      trouble.puts = how
      page.outbox.submit(message('Hello'))
      page.outbox.submit(message('next'))
      await advance(2_000)
      expect(page.connection.texts()).toEqual(['Hello'])
      expect(told).toEqual(['memory'])
      page.connection.ack()
      await settle()
      expect(page.connection.texts()).toEqual(['Hello', 'next'])
      trouble.puts = 'work'
      await advance(40_000)
      expect(told).toEqual(['memory', 'disk'])
      expect(await browser.rows()).toMatchObject([{ frame: { text: 'next' } }])
      page.connection.ack()
      await settle()
      expect(await browser.rows()).toEqual([])
    },
  )

  it('cannot remove what was given up, that does not come back', async () => {
    const page = await browser.openConnected()
    page.outbox.submit(message('first'))
    const { clientMsgId, settled } = page.outbox.submit(message('given up'))
    settled.catch(() => {})
    await settle()
    trouble.puts = 'fail'
    page.outbox.discard(clientMsgId)
    await advance(31_000)
    expect(page.outbox.list()).toHaveLength(1)
    page.connection.ack()
    await advance(31_000)
    expect(page.connection.texts()).not.toContain('given up')
  })

  it('fails all the time, it is not asked each time', async () => {
    const page = await browser.openConnected()
    trouble.puts = 'fail'
    page.connection.onWrite = (frame) =>
      void browser.world.clock.setTimer(() => page.connection.ack(frame), 1)
    for (let n = 0; n < 300; n++) {
      page.outbox.submit(message(`${n}`))
      await advance(1)
    }
    await advance(1_000)
    expect(page.connection.written).toHaveLength(300)
    expect(page.outbox.list()).toEqual([])
    expect(trouble.writes).toBeLessThan(5)
  })

  it('has no lock to give, nothing is shared with a stranger', async () => {
    const environment = browser.world.createEnvironment()
    environment.locks.tryAcquire = async () => undefined
    const connection = new FakeConnection(environment)
    const { url, userId } = KEY
    const outbox = createOutbox(connection, environment, trouble.open, { url, userId })
    connection.connect()
    outbox.submit(message('Hello'))
    await settle()
    expect(outbox.durability).toBe('memory')
    expect(trouble.opens).toBe(0)
    expect(connection.texts()).toEqual(['Hello'])
  })

  it('was only slow because the page stood still, it is not given up', async () => {
    const page = await browser.openConnected()
    trouble.puts = 'hang'
    page.outbox.submit(message('Hello'))
    page.environment.freeze()
    await advance(60_000)
    // Late timers fire first; the answer comes right behind them.
    page.environment.thaw()
    trouble.answer()
    await settle()
    expect(page.outbox.durability).toBe('disk')
    expect(page.connection.texts()).toEqual(['Hello'])
  })
})
