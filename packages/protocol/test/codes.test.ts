import { describe, expect, it } from 'vitest'
import { CLOSE, CLOSE_RULES, CODES, type ErrorCode, isErrorCode } from '../src/index.js'

const rows = Object.entries(CODES)
const where = (test: (row: (typeof CODES)[ErrorCode]) => boolean): string[] =>
  rows.filter(([, row]) => test(row)).map(([code]) => code)

describe('the table of codes', () => {
  it('names codes in snake_case, and says what happened and what to do in one sentence each', () => {
    for (const [code, row] of rows) {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
      expect(row.message).toMatch(/^[A-Z][^.]*\.$/)
      expect(row.remediation).toMatch(/^[A-Z].*\.$/)
    }
  })

  it('[P-75] gives every code of a server an HTTP status of an error', () => {
    for (const [, { http }] of rows) {
      if (http !== null) expect(http).toBeGreaterThanOrEqual(400)
      if (http !== null) expect(http).toBeLessThan(600)
    }
    expect(where(({ http }) => http === null)).toEqual([
      'aborted',
      'closed',
      'outbox_full',
      'invalid_argument',
      'timeout',
    ])
  })

  it('closes no connection for a code that only the SDK makes', () => {
    expect(where(({ http, close }) => http === null && close !== null)).toEqual([])
  })

  it('closes only with codes that have a rule', () => {
    for (const [, { close }] of rows) {
      if (close !== null) expect(Object.keys(CLOSE_RULES)).toContain(String(close))
    }
    expect(Object.keys(CLOSE_RULES).map(Number)).toEqual(Object.values(CLOSE))
  })

  it('never tells a client to stop after a code that may be tried again', () => {
    const closeOf = (rule: 'yes' | 'no' | 'with_new_token') =>
      where(({ close }) => close !== null && CLOSE_RULES[close as 1000]?.reconnect === rule)
    expect(closeOf('no')).toEqual(['user_changed', 'forbidden'])
    expect(closeOf('with_new_token')).toEqual(['unauthorized', 'token_expired'])
    for (const code of closeOf('no')) expect(CODES[code as ErrorCode].retryable).toBe(false)
  })

  it('lets exactly these be tried again unchanged', () => {
    expect(where(({ retryable }) => retryable)).toEqual([
      'token_expired',
      'rate_limited',
      'too_many_connections',
      'unavailable',
      'internal',
      'outbox_full',
      'timeout',
    ])
  })

  it('R4: leaves open what became of a command only where nobody knows', () => {
    expect(where(({ outcome }) => outcome === 'unknown')).toEqual([
      'send_too_old',
      'unavailable',
      'internal',
      'timeout',
    ])
  })

  it('says of no retryable code that the command was rejected', () => {
    expect(where(({ retryable, outcome }) => retryable && outcome === 'rejected')).toEqual([])
  })

  it('knows its codes from any other value', () => {
    expect(isErrorCode('conflict')).toBe(true)
    for (const other of ['toString', '__proto__', 'CONFLICT', '', 5, null, undefined, {}]) {
      expect(isErrorCode(other)).toBe(false)
    }
  })

  it('cannot be changed', () => {
    expect(Object.isFrozen(CODES) && Object.isFrozen(CODES.conflict)).toBe(true)
    expect(Object.isFrozen(CLOSE) && Object.isFrozen(CLOSE_RULES)).toBe(true)
  })
})
