import fc from 'fast-check'
import { expect, it } from 'vitest'
import { utf8Bytes, utf8Fits } from '../src/index.js'

const anyString = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }))
const bytesOf = (text: string): number => new TextEncoder().encode(text).length

it('counts bytes as an encoder writes them, lone surrogates too', () => {
  for (const text of [
    '',
    'a',
    'é',
    '世',
    '👩‍👩‍👧',
    '\ud800',
    '\udc00\ud800',
    '\ud800\ud83d\ude00',
    'a\ud83d',
  ]) {
    expect(utf8Bytes(text)).toBe(bytesOf(text))
  }
  fc.assert(fc.property(anyString, (text) => utf8Bytes(text) === bytesOf(text)))
})

it('says whether a string fits, to the byte', () => {
  fc.assert(
    fc.property(anyString, (text) => {
      const bytes = bytesOf(text)
      return utf8Fits(text, bytes) && (bytes === 0 || !utf8Fits(text, bytes - 1))
    }),
  )
})
