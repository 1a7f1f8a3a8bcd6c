import { CODES } from '@tidings/protocol'
import { describe, expect, it } from 'vitest'
import { errorRow } from '../src/error-table.js'
import { errorOfFrame, stop, TidingsError } from '../src/errors.js'

describe('TidingsError', () => {
  it('says the same of every code as the table of the protocol', () => {
    for (const [code, { outcome, retryable, remediation }] of Object.entries(CODES)) {
      expect({ code, ...errorRow(code) }).toEqual({ code, outcome, retryable, remediation })
    }
  })

  it('assumes nothing good of a code that only a newer server knows', () => {
    expect(new TidingsError('quota_of_the_future', 'No.')).toMatchObject({
      outcome: 'unknown',
      retryable: false,
    })
  })

  it('prefixes the message with the code', () => {
    expect(new TidingsError('closed', 'The client is closed.').message).toBe(
      '[closed] The client is closed.',
    )
  })

  it('recognises the error of another copy of the package', () => {
    const other = Object.assign(new Error('x'), { name: 'TidingsError', code: 'closed' })
    expect(other).toBeInstanceOf(TidingsError)
    expect(TidingsError.from(other)).toBe(other)
    expect(new Error('x')).not.toBeInstanceOf(TidingsError)
    expect(null).not.toBeInstanceOf(TidingsError)
  })

  it('wraps whatever was thrown and keeps it as the cause', () => {
    const cause = new TypeError('boom')
    expect(TidingsError.from(cause)).toMatchObject({ code: 'internal', cause })
    expect(TidingsError.from('bare')).toMatchObject({ message: '[internal] bare', cause: 'bare' })
    expect(TidingsError.from(undefined)).toMatchObject({ message: '[internal] undefined' })
    expect(TidingsError.from(new DOMException('enough', 'AbortError')).code).toBe('aborted')
  })

  it('lets an error frame override what the code says of itself', () => {
    const error = errorOfFrame({
      code: 'rate_limited',
      message: 'Slow down.',
      outcome: 'unknown',
      retryable: false,
      retry_after_ms: 250,
    })
    expect(error).toMatchObject({ outcome: 'unknown', retryable: false, retryAfterMs: 250 })
  })

  it('marks an error made by stop()', () => {
    expect(stop('logged out').stopsRetrying).toBe(true)
    expect(new TidingsError('unauthorized', 'x').stopsRetrying).toBeUndefined()
  })
})
