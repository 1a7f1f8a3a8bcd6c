import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildHello } from '../../src/connection/hello.js'
import { pack } from '../../src/connection/writer.js'

const bytesOf = (text: string): number => new TextEncoder().encode(text).length

describe('what is written in one turn', () => {
  it('is packed in order into as few frames as the limits allow', () => {
    expect(pack([], { frameMaxBytes: 100, envelopesMax: 2 })).toEqual([])
    expect(pack(['{"a":1}'], { frameMaxBytes: 100, envelopesMax: 2 })).toEqual(['{"a":1}'])
    expect(pack(['1', '2', '3'], { frameMaxBytes: 100, envelopesMax: 2 })).toEqual(['[1,2]', '3'])
  })

  it('[P-2] never breaks a limit that it could keep', () => {
    const limits = fc.record({
      frameMaxBytes: fc.integer({ min: 60, max: 200 }),
      envelopesMax: fc.integer({ min: 1, max: 5 }),
    })
    const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 10 }))
    void fc.assert(
      fc.property(texts, limits, (values, bounds) => {
        const frames = pack(
          values.map((value) => JSON.stringify({ value })),
          bounds,
        )
        const read: unknown[] = frames.flatMap((frame) => JSON.parse(frame) as unknown)
        expect(read).toEqual(values.map((value) => ({ value })))
        for (const frame of frames) {
          const envelopes: unknown = JSON.parse(frame)
          const count = Array.isArray(envelopes) ? envelopes.length : 1
          expect(count).toBeLessThanOrEqual(bounds.envelopesMax)
          if (count > 1) expect(bytesOf(frame)).toBeLessThanOrEqual(bounds.frameMaxBytes)
        }
      }),
    )
  })
})

describe('hello', () => {
  it('[P-20] stays within 48 KiB, whatever the ids are, the token counted', () => {
    const positions = Array.from({ length: 500 }, (_, i) => ({
      channelId: `${'"'.repeat(20)}ü${'😀'.repeat(20)}${i}`,
      seq: i,
      epoch: 2,
    }))
    const token = 'x'.repeat(16 * 1024)
    const hello = buildHello({ token, deviceId: 'd', capabilities: ['a'], positions })
    expect(bytesOf(JSON.stringify(hello))).toBeLessThanOrEqual(48 * 1024)
    expect(Object.keys(hello.last_seq_map).length).toBeGreaterThan(200)
  })

  it('names a channel that is called __proto__', () => {
    const positions = [{ channelId: '__proto__', seq: 4, epoch: 1 }]
    const hello = buildHello({ token: 't', deviceId: 'd', capabilities: [], positions })
    expect(JSON.stringify(hello.last_seq_map)).toBe('{"__proto__":4}')
  })
})
