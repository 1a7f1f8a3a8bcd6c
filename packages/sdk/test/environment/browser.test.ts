import { describe, expect, it } from 'vitest'
import { createBrowserEnvironment } from '../../src/environment/browser.js'
import { listenToPage } from '../../src/environment/signals.js'
import { createOutbox } from '../../src/outbox/outbox.js'
import { createMemoryStorage } from '../../src/storage/memory.js'
import { VirtualWorld } from '../../src/testing/virtual-environment.js'
import { FakeConnection } from '../outbox/fake-connection.js'
import { message } from '../outbox/page.js'
import { KEY } from '../storage/rows.js'

const withGlobals = async (globals: object, test: () => void | Promise<void>): Promise<void> => {
  const before = Object.entries(globals).map(
    ([name]) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const,
  )
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  }
  try {
    await test()
  } finally {
    for (const [name, descriptor] of before) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor)
      else delete (globalThis as Record<string, unknown>)[name]
    }
  }
}

describe('the environment of a browser', () => {
  it('tells what the page says of itself, until it is asked to stop', async () => {
    const page = Object.assign(new EventTarget(), { visibilityState: 'visible' })
    const target = new EventTarget()
    const globals = {
      document: page,
      addEventListener: target.addEventListener.bind(target),
      removeEventListener: target.removeEventListener.bind(target),
    }
    await withGlobals(globals, () => {
      const heard: string[] = []
      const stop = listenToPage((signal) => heard.push(signal))
      page.visibilityState = 'hidden'
      for (const type of ['visibilitychange', 'freeze', 'resume']) {
        page.dispatchEvent(new Event(type))
      }
      page.visibilityState = 'visible'
      page.dispatchEvent(new Event('visibilitychange'))
      const ofWindow = ['online', 'offline', 'pagehide', 'pageshow']
      for (const type of ofWindow) target.dispatchEvent(new Event(type))
      const all = ['hidden', 'freeze', 'resume', 'visible', ...ofWindow]
      expect(heard).toEqual(all)
      stop()
      for (const type of ofWindow) target.dispatchEvent(new Event(type))
      page.dispatchEvent(new Event('freeze'))
      expect(heard).toEqual(all)
    })
  })

  it('excludes the tabs of an origin by Web Locks', async () => {
    const held = new Set<string>()
    const locks = {
      request: async (name: string, _options: object, callback: (lock: unknown) => unknown) => {
        if (held.has(name)) return callback(null)
        held.add(name)
        await callback({ name })
        return held.delete(name)
      },
    }
    await withGlobals({ navigator: { locks } }, async () => {
      const { locks: ours } = createBrowserEnvironment()
      const release = await ours.tryAcquire('a')
      expect([...held]).toEqual(['tidings:a'])
      expect(await ours.tryAcquire('a')).toBeUndefined()
      release?.()
      await new Promise((resolve) => setImmediate(resolve))
      expect([...held]).toEqual([])
    })
  })

  it('falls back to locks inside the page where there are no Web Locks, or they refuse', async () => {
    const refusing = { request: () => Promise.reject(new Error('not in this context')) }
    for (const navigator of [{}, { locks: refusing }]) {
      await withGlobals({ navigator }, async () => {
        const { locks } = createBrowserEnvironment()
        const release = await locks.tryAcquire('b')
        expect(release).toBeTypeOf('function')
        expect(await locks.tryAcquire('b')).toBeUndefined()
        release?.()
      })
    }
  })

  it('keeps strings where it may, and forgets them where it may not', async () => {
    const kept = new Map<string, string>()
    const localStorage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
    }
    await withGlobals({ localStorage }, () => {
      const { keptStrings } = createBrowserEnvironment()
      expect(keptStrings?.get('x')).toBeUndefined()
      keptStrings?.set('x', '1')
      expect(keptStrings?.get('x')).toBe('1')
    })
    const forbidden = {
      getItem: () => {
        throw new Error('denied')
      },
      setItem: () => {
        throw new Error('denied')
      },
    }
    await withGlobals({ localStorage: forbidden }, () => {
      const { keptStrings } = createBrowserEnvironment()
      keptStrings?.set('x', '1')
      expect(keptStrings?.get('x')).toBeUndefined()
    })
  })

  it('tells other tabs, and does without where nothing can', async () => {
    const { openBroadcast } = createBrowserEnvironment()
    const heard = new Promise((resolve) => {
      const there = openBroadcast('news', (message) => {
        there.close()
        resolve(message)
      })
    })
    const here = openBroadcast('news', () => {})
    here.post({ a: 1 })
    expect(await heard).toEqual({ a: 1 })
    here.close()
    await withGlobals({ BroadcastChannel: undefined }, () => {
      const nothing = openBroadcast('news', () => {})
      nothing.post(1)
      nothing.close()
    })
  })

  it('does without where site data is blocked, and sends all the same', async () => {
    class Blocked {
      constructor() {
        throw new DOMException('The operation is insecure.', 'SecurityError')
      }
    }
    await withGlobals({ BroadcastChannel: Blocked }, async () => {
      const world = new VirtualWorld()
      const environment = world.createEnvironment()
      environment.openBroadcast = createBrowserEnvironment().openBroadcast
      const connection = new FakeConnection(environment)
      const outbox = createOutbox(connection, environment, createMemoryStorage(), KEY)
      connection.connect()
      outbox.submit(message('Hello'))
      await world.settle()
      expect(connection.texts()).toEqual(['Hello'])
      await outbox.close()
    })
  })
})
