import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode, encode, epochField, epochOf, LIMITS } from '../src/index.js'

const refusal = (text: string) => {
  const decoded = decode(text)
  return decoded.ok ? undefined : decoded
}
const ping = { type: 'ping', ts: 1 }
const nested = (depth: number): string =>
  `{"type":"x","x":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`

describe('decode', () => {
  it('[P-1] reads an envelope and an array of envelopes', () => {
    expect(decode('{"type":"ping","ts":1}')).toEqual({ ok: true, envelopes: [ping] })
    expect(decode('[{"type":"ping","ts":1},{"type":"x"}]')).toEqual({
      ok: true,
      envelopes: [ping, { type: 'x' }],
    })
  })

  it.each(['', '[]', 'null', '1', '"ping"', '{}', '{"type":1}', '[1]', '[[]]', '{"type":'])(
    '[P-1] refuses %j as invalid_frame',
    (text) => expect(refusal(text)?.code).toBe('invalid_frame'),
  )

  it('[P-1] never throws, on any string', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json({ maxDepth: 40 })), (text) => {
        const decoded = decode(text)
        return decoded.ok || decoded.message.length < 200
      }),
    )
  })

  it('[P-2] measures bytes, not characters', () => {
    const frame = encode({ type: 'x', text: '世'.repeat(20_000) })
    const bytes = new TextEncoder().encode(frame).length
    expect(decode(frame, { maxBytes: bytes }).ok).toBe(true)
    expect(decode(frame, { maxBytes: bytes - 1 })).toMatchObject({ code: 'payload_too_large' })
  })

  it('[P-2] counts envelopes', () => {
    const frame = (count: number) => encode(Array.from({ length: count }, () => ping))
    expect(decode(frame(LIMITS.envelopesPerFrameMax)).ok).toBe(true)
    expect(refusal(frame(LIMITS.envelopesPerFrameMax + 1))?.code).toBe('payload_too_large')
    expect(decode(frame(3), { maxEnvelopes: 2 }).ok).toBe(false)
  })

  it('[P-3] refuses a frame that is nested too deep, without overflow', () => {
    expect(decode(nested(LIMITS.frameDepthMax)).ok).toBe(true)
    expect(refusal(nested(LIMITS.frameDepthMax + 1))?.message).toContain('at most 32 deep')
    expect(refusal(nested(30_000))?.code).toBe('invalid_frame')
    expect(refusal(`${'{"a":'.repeat(12_000)}`)?.code).toBe('invalid_frame')
  })

  it('[P-3] refuses __proto__ as a key at any depth, and changes no prototype', () => {
    expect(refusal('{"type":"x","__proto__":{"polluted":1}}')?.code).toBe('invalid_frame')
    expect(refusal('[{"type":"x","a":[{"b":{"__proto__":1}}]}]')?.code).toBe('invalid_frame')
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })

  it('[P-20] refuses a hello above its own bound', () => {
    const hello = (length: number) => encode({ type: 'hello', x: 'a'.repeat(length) })
    expect(decode(hello(LIMITS.helloMaxBytes - 25)).ok).toBe(true)
    expect(refusal(hello(LIMITS.helloMaxBytes))?.code).toBe('payload_too_large')
    expect(decode(encode({ type: 'x', x: 'a'.repeat(LIMITS.helloMaxBytes) })).ok).toBe(true)
  })

  it('lets the last of two equal keys count', () => {
    expect(decode('{"type":"x","a":1,"a":2}')).toMatchObject({ envelopes: [{ a: 2 }] })
  })
})

describe('encode', () => {
  const envelope = fc
    .dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      fc.jsonValue({ maxDepth: 8 }),
      { noNullPrototype: true },
    )
    .map((fields) => ({ ...fields, type: 'x' }))
  const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

  it('is undone by decode, for one envelope and for several', () => {
    fc.assert(
      fc.property(fc.array(envelope, { minLength: 1, maxLength: 5 }), (envelopes) => {
        fc.pre(!JSON.stringify(envelopes).includes('__proto__'))
        expect(decode(encode(envelopes))).toEqual({ ok: true, envelopes: asJson(envelopes) })
        expect(decode(encode(envelopes[0] ?? {}))).toMatchObject({
          envelopes: [asJson(envelopes[0])],
        })
      }),
    )
  })

  it('[P-15] leaves out epoch 1, and a reader takes what is left out for 1', () => {
    expect(encode({ type: 'x', ...epochField(1) })).toBe('{"type":"x"}')
    expect(encode({ type: 'x', ...epochField(2) })).toBe('{"type":"x","epoch":2}')
    fc.assert(fc.property(fc.integer({ min: 1 }), (epoch) => epochOf(epochField(epoch)) === epoch))
  })
})
