import { describe, expect, it } from 'vitest'

const OF_A_PAGE = [
  'WebSocket',
  'document',
  'window',
  'navigator',
  'localStorage',
  'indexedDB',
  'BroadcastChannel',
  'addEventListener',
]

describe('importing the SDK', () => {
  it('touches nothing of a page: servers render with it', async () => {
    const touched: string[] = []
    const before = OF_A_PAGE.map((name) => Object.getOwnPropertyDescriptor(globalThis, name))
    for (const name of OF_A_PAGE) {
      Object.defineProperty(globalThis, name, {
        configurable: true,
        get() {
          touched.push(name)
          return undefined
        },
      })
    }
    try {
      await import('../../src/index.js')
      await import('../../src/browser.js')
      await import('../../src/rest/index.js')
      await import('../../src/features/presence/index.js')
      await import('../../src/features/receipts/index.js')
      await import('../../src/features/typing/index.js')
    } finally {
      OF_A_PAGE.forEach((name, i) => {
        const descriptor = before[i]
        if (descriptor) Object.defineProperty(globalThis, name, descriptor)
        else delete (globalThis as Record<string, unknown>)[name]
      })
    }
    expect(touched).toEqual([])
  })
})
