import { describe, expect, it } from 'vitest'
import { receipts } from '../../src/features/receipts/index.js'
import { typing } from '../../src/features/typing/index.js'

describe('the times of a feature', () => {
  const making: [string, (ms: number) => unknown][] = [
    ['intervalMs', (intervalMs) => receipts({ intervalMs })],
    ['repeatMs', (repeatMs) => typing({ repeatMs })],
    ['stopAfterMs', (stopAfterMs) => typing({ stopAfterMs })],
  ]

  it.each(making)('%s is a time that a timer can wait for', (name, make) => {
    for (const ms of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5' as never]) {
      expect(() => make(ms)).toThrow(`[invalid_argument] ${name} must be a number of milliseconds`)
    }
    expect(() => make(2 ** 31 - 1)).not.toThrow()
  })
})
