import { CLOSE, LIMITS } from '@tidings/protocol'
import { expect, it } from 'vitest'
import * as closeCodes from '../src/connection/close-codes.js'
import * as limits from '../src/limits.js'

const snake = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()

it('I7: obeys the limits of the protocol, each as its table states it', () => {
  const table = Object.fromEntries(Object.entries(LIMITS).map(([name, n]) => [snake(name), n]))
  const { MAX_TIMER_MS, ...ofProtocol } = limits
  expect(Object.keys(ofProtocol).length).toBeGreaterThan(10)
  expect(table).toMatchObject(ofProtocol)
})

it('knows the close codes of the protocol, each by its number', () => {
  const { isFinalClose, errorOfClose, ...codes } = closeCodes
  const table = Object.fromEntries(
    Object.entries(CLOSE).map(([name, n]) => [`CLOSE_${snake(name)}`, n]),
  )
  expect(table).toMatchObject(codes)
})
