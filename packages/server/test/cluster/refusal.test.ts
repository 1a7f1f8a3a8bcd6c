import { describe, expect, it } from 'vitest'
import { refusalOf } from '../../src/adapters/refusal.js'

const named = (name: string, message: string) => Object.assign(new Error(message), { name })
const coded = (code: string, message: string) => Object.assign(new Error(message), { code })

describe('what does not pass by waiting', () => {
  it.each([
    ['credentials', new Error('WRONGPASS invalid username-password pair or user is disabled.')],
    ['credentials', new Error('NOAUTH Authentication required.')],
    ['credentials', named('KafkaJSSASLAuthenticationError', 'refused')],
    ['credentials', new Error('SASL PLAIN authentication failed: Authentication failed')],
    ['certificate', coded('DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate')],
    ['certificate', coded('ERR_TLS_CERT_ALTNAME_INVALID', 'the name does not match')],
    ['certificate', coded('CERT_HAS_EXPIRED', 'it has')],
    ['credentials', new Error('nobody answers', { cause: new Error('NOAUTH') })],
    [
      'credentials',
      Object.assign(new Error('Failed to refresh slots cache.'), {
        lastNodeError: new Error('WRONGPASS'),
      }),
    ],
    [undefined, coded('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:6379')],
    [undefined, 'WRONGPASS'],
    [undefined, undefined],
  ])('%s: %s', (refusal, error) => {
    expect(refusalOf(error)).toBe(refusal)
  })

  it('is looked for in a chain of causes that ends', () => {
    const error = new Error('round')
    error.cause = error
    expect(refusalOf(error)).toBeUndefined()
  })
})
