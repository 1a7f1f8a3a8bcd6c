import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isId, SERVER_ID_PREFIX } from '../src/index.js'
import { parseClientFrame } from '../src/schemas.js'

const send = {
  type: 'message.send',
  channel_id: 'c',
  client_msg_id: 'm',
  first_try_ts: 1,
  text: '',
}

describe('an id', () => {
  it.each([
    'a',
    'i'.repeat(64),
    '💬'.repeat(32),
    'a b',
    'a/b',
    '../a',
    '...',
    'constructor',
    '~',
    '1',
  ])('[P-11] may be %j', (value) => expect(isId(value)).toBe(true))

  it.each([
    '',
    'i'.repeat(65),
    '\u0000',
    'a\nb',
    '\u007f',
    '\ud800',
    'a\udc00',
    '.',
    '..',
    '__proto__',
    1,
    null,
    undefined,
    {},
  ])('[P-11] is not %j', (value) => expect(isId(value)).toBe(false))

  it('[P-11] is carried unchanged as a key, in a URL and in JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 64 }).filter(isId), (id) => {
        expect(Object.keys({ [id]: 1 })).toEqual([id])
        const { pathname } = new URL(`https://chat.example/v1/${encodeURIComponent(id)}/x`)
        expect(decodeURIComponent(pathname.split('/')[2] ?? '')).toBe(id)
        expect(JSON.parse(JSON.stringify(id))).toBe(id)
      }),
    )
  })

  it('[P-14] of a command is refused where it begins as the server’s own do', () => {
    expect(parseClientFrame(send).ok).toBe(true)
    expect(parseClientFrame({ ...send, client_msg_id: `${SERVER_ID_PREFIX}1` })).toMatchObject({
      code: 'invalid_frame',
      message: 'client_msg_id: must not begin with ~.',
    })
  })
})
