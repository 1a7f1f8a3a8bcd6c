import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Envelope, LIMITS } from '../src/index.js'
import { clientFrames, parseClientFrame, parseServerFrame, serverFrames } from '../src/schemas.js'
import { families, textOf } from './support/vectors.js'

const send = {
  type: 'message.send',
  channel_id: 'c',
  client_msg_id: 'm',
  first_try_ts: 1,
  text: '',
}
const complaint = (envelope: Envelope): string => {
  const parsed = parseClientFrame(envelope)
  return parsed.ok ? 'valid' : parsed.message
}
const types = [...Object.keys(clientFrames), ...Object.keys(serverFrames), 'constructor', 'x']

describe('a check of an envelope', () => {
  it('never throws, on any JSON', () => {
    const value = fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' })
    const fields = fc.dictionary(fc.string(), value)
    fc.assert(
      fc.property(fc.constantFrom(...types), fields, (type, rest) => {
        parseClientFrame({ ...rest, type })
        parseServerFrame({ ...rest, type })
      }),
    )
  })

  it('never throws when one field of a valid frame is replaced by any JSON', () => {
    const valid = families
      .flatMap(({ vectors }) => vectors)
      .filter(({ frame, verdict }) => frame !== undefined && verdict === 'valid')
      .map((vector) => JSON.parse(textOf(vector)) as Envelope)
    fc.assert(
      fc.property(fc.constantFrom(...valid), fc.nat(), fc.jsonValue(), (frame, at, value) => {
        const field = Object.keys(frame).filter((key) => key !== 'type')[at % 20] ?? 'ref'
        parseClientFrame({ ...frame, [field]: value })
        parseServerFrame({ ...frame, [field]: value })
      }),
      { numRuns: 500 },
    )
  })

  it('does not overflow on metadata that no frame could carry', () => {
    const abyss: Record<string, unknown> = {}
    let bottom = abyss
    for (let depth = 0; depth < 50_000; depth++) {
      const below = {}
      bottom.a = below
      bottom = below
    }
    expect(complaint({ ...send, metadata: abyss })).toBe(
      'metadata: must be nested at most 16 deep and not use __proto__ as a key.',
    )
    abyss.a = abyss
    expect(complaint({ ...send, metadata: abyss })).toContain('at most 16 deep')
  })

  it('refuses metadata that is no JSON, as an embedder may pass it in process', () => {
    for (const bad of [undefined, 1n, Symbol('x'), () => 1, Number.NaN, new Date(0)]) {
      expect(complaint({ ...send, metadata: { bad } })).toContain('well-formed Unicode')
    }
  })

  it('[P-6] strips fields that it does not know', () => {
    expect(
      parseClientFrame({ ...send, x: 1, reply_to: { seq: 1, message_id: '1', y: 2 } }),
    ).toEqual({ ok: true, frame: { ...send, reply_to: { seq: 1, message_id: '1' } } })
  })

  it('[P-12] refuses numbers that are no safe integers', () => {
    for (const first_try_ts of [
      2 ** 53,
      -1,
      0.5,
      Number.POSITIVE_INFINITY,
      Number.NaN,
      '1',
      null,
    ]) {
      expect(complaint({ ...send, first_try_ts })).toMatch(/^first_try_ts: must be/)
    }
    expect(complaint({ ...send, first_try_ts: Number.MAX_SAFE_INTEGER })).toBe('valid')
  })

  it('[P-13] refuses lone surrogates wherever a string stands, and carries all else', () => {
    const lone = '\ud800'
    for (const odd of [
      { text: lone },
      { ref: lone },
      { metadata: { a: [lone] } },
      { metadata: { [lone]: 1 } },
      { attachments: [{ url: lone }] },
      { attachments: [{ url: 'u', name: lone }] },
    ]) {
      expect(complaint({ ...send, ...odd })).not.toBe('valid')
    }
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(parseClientFrame({ ...send, text })).toEqual({ ok: true, frame: { ...send, text } })
      }),
    )
  })

  it('[P-20] refuses a hello that names more than 500 channels', () => {
    const hello = (channels: number): Envelope => ({
      type: 'hello',
      device_id: 'd',
      last_seq_map: Object.fromEntries(Array.from({ length: channels }, (_, n) => [`c${n}`, 1])),
    })
    expect(complaint(hello(LIMITS.helloChannelsMax))).toBe('valid')
    expect(complaint(hello(501))).toBe('last_seq_map: must name at most 500 channels.')
  })

  it('keeps channels whose ids are keys that JavaScript objects have', () => {
    const last_seq_map = JSON.parse('{"constructor":1,"toString":[2,3],"hasOwnProperty":4}')
    const parsed = parseClientFrame({ type: 'hello', device_id: 'd', last_seq_map })
    expect(parsed.ok && Object.entries(parsed.frame)).toContainEqual(['last_seq_map', last_seq_map])
  })

  it('[P-46] tells a text that is too long from one that is not valid', () => {
    const code = (fields: object) => parseClientFrame({ ...send, ...fields })
    expect(code({ text: 't'.repeat(10_001) })).toMatchObject({ code: 'msg_too_long' })
    expect(code({ text: '世'.repeat(10_000) })).toMatchObject({ ok: true })
    expect(code({ text: 5 })).toMatchObject({ code: 'invalid_frame' })
    expect(code({ metadata: { a: 'b'.repeat(5_000) } })).toMatchObject({ code: 'msg_too_long' })
    expect(code({ attachments: Array(11).fill({ url: 'u' }) })).toMatchObject({
      code: 'invalid_frame',
    })
  })

  it('gives back what an error frame echoes, as far as it is readable', () => {
    const bad = { ...send, text: 5, ref: 'r1' }
    expect(parseClientFrame(bad)).toMatchObject({
      echo: { ref: 'r1', client_msg_id: 'm', channel_id: 'c' },
    })
    const unreadable = parseClientFrame({ type: 'x', ref: 5, client_msg_id: 'i'.repeat(65) })
    expect(unreadable).toMatchObject({ code: 'unknown_type', echo: {} })
  })
})
