import { decode } from '@tidings/protocol'
import { parseClientFrame } from '@tidings/protocol/schemas'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { Coverage } from './coverage.js'
import { ClientFrames, FRAME_TYPES } from './generate/client-frames.js'
import { Random } from './random.js'
import type { FuzzTarget } from './system/target.js'
import { encodeFrame } from './wire/encode.js'
import { FrameReader } from './wire/frame-reader.js'

const place = { workspaceId: 'frames', channelId: 'f0', seq: 10, messageId: 'm' }
const target = { tokenOf: (userId: string) => `token-of-${userId}` } as FuzzTarget
const frames = (seed: number) => new ClientFrames(new Random(seed), target, 'frames-0', [place])

beforeAll(() => {
  vi.setSystemTime(1_800_000_000_000)
  return () => vi.useRealTimers()
})

describe('the fuzzer', { timeout: 60_000 }, () => {
  it('makes the same frames of the same seed, and others of another', () => {
    const made = (seed: number) => {
      const source = frames(seed)
      return Array.from({ length: 500 }, () => source.next().bytes.toString('hex'))
    }
    expect(made(7)).toEqual(made(7))
    expect(made(7)).not.toEqual(made(8))
  })

  it.each(FRAME_TYPES)(
    'makes frames of %s that get past the schema, and some that do not',
    (type) => {
      const source = frames(3)
      const valid = Array.from(
        { length: 200 },
        () => parseClientFrame(source.valid(type) as never).ok,
      )
      expect(valid.filter(Boolean).length).toBeGreaterThan(150)
      const tried = Array.from({ length: 20_000 }, () => source.next()).filter(
        ({ kind }) => kind === type,
      )
      const taken = tried.map(({ text = '' }) => {
        const decoded = decode(text)
        return decoded.ok && decoded.envelopes.every((envelope) => parseClientFrame(envelope).ok)
      })
      expect(new Set(taken)).toEqual(new Set([true, false]))
    },
  )

  it('knows what it made unreadable', () => {
    const source = frames(5)
    for (const { kind, ends, text, bytes } of Array.from({ length: 20_000 }, () => source.next())) {
      if (kind !== 'unreadable' || ends !== 'must' || (bytes[0] ?? 0) !== 0x81) continue
      const isUtf8 = text !== undefined && !text.includes('\ufffd') && text.length < 500
      if (isUtf8) expect([text, decode(text).ok]).toEqual([text, false])
    }
  })

  it('says which kinds it tried too seldom', () => {
    const coverage = new Coverage(['often', 'seldom', 'never'])
    coverage.count('often', 995)
    coverage.count('seldom', 5)
    expect(coverage.below(0.01)).toEqual(['seldom', 'never'])
    expect(coverage.table()).toContain('often')
  })

  it('reads back the frames that it writes, however they are cut', () => {
    const random = new Random(9)
    for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 70_000]) {
      const payload = random.bytes(length)
      const bytes = encodeFrame({ payload, masked: false }, random)
      const read: Buffer[] = []
      const reader = new FrameReader((_, found) => read.push(found))
      for (let at = 0; at < bytes.length; at += 4_001) reader.read(bytes.subarray(at, at + 4_001))
      expect(read).toHaveLength(1)
      expect(read[0]?.equals(payload)).toBe(true)
    }
  })
})
