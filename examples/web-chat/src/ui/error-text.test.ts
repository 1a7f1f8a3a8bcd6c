import { TidingsError } from '@tidings/sdk'
import { expect, it } from 'vitest'
import { errorText } from './error-text.ts'

it('says what a person can do, and nothing of ids, fields and functions', () => {
  const unavailable = new TidingsError('unavailable', 'getToken gave no token (unavailable).')
  expect(errorText(unavailable)).toBe('The server does not answer. Try again in a moment.')
  const notFound = new TidingsError('not_found', 'That user is not in the workspace. (request 25)')
  expect(errorText(notFound)).toBe('That user is not in the workspace.')
  const gone = new TidingsError('channel_not_found', 'There is no such channel for you.')
  expect(errorText(gone)).toBe('There is no such channel for you.')
})

it('repeats the reason of a rule, and what any other error says', () => {
  expect(errorText(new TidingsError('refused', 'No insults (please).'))).toBe(
    'No insults (please).',
  )
  expect(errorText(new TypeError('The network is cut.'))).toBe('The network is cut.')
  expect(errorText('odd')).toBe('odd')
})
