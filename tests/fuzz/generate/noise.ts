import type { Random } from '../random.js'
import { encodeFrame } from '../wire/encode.js'
import type { Attempt } from './attempt.js'
import { noise } from './odd.js'

const FORMS = {
  cut: 3,
  scalar: 2,
  words: 3,
  empty: 1,
  noEnvelope: 2,
  tooDeep: 2,
  protoKey: 2,
  tooMany: 0.6,
  tooLarge: 0.4,
  flipped: 4,
  binary: 1,
  notUtf8: 2,
} as const

/** A frame that is no JSON, or none of ours (P-1 to P-3). */
export function unreadable(random: Random, valid: () => object): Attempt {
  const kind = 'unreadable'
  const json = JSON.stringify(valid())
  const must = (payload: string | Buffer, opcode = 1): Attempt => ({
    kind,
    bytes: encodeFrame({ payload: Buffer.from(payload), opcode }, random),
    answers: 0,
    ends: 'must',
    text: String(payload).slice(0, 500),
  })
  const ping = '{"type":"ping","ts":1}'
  switch (random.weighted(FORMS)) {
    case 'cut':
      return must(json.slice(0, random.between(1, json.length - 1)))
    case 'scalar':
      return must(random.pick(['1', 'null', 'true', '"hello"', '-0', '1e999', '[1]', '[null]']))
    case 'words':
      return must(`!${noise(random, random.below(200))}`)
    case 'empty':
      return must(random.pick(['', ' ', '[]', '{}', '[{}]', '\u0000']))
    case 'noEnvelope':
      return must(`[${ping},${random.pick(['1', '[]', '{}', '{"type":1}', 'null'])},${ping}]`)
    case 'tooDeep': {
      const depth = random.pick([33, 40, 1_000, 30_000])
      return must(`{"type":"ping","ts":1,"x":${'['.repeat(depth)}${']'.repeat(depth)}}`)
    }
    case 'protoKey':
      return must(
        random.pick([
          '{"type":"ping","ts":1,"__proto__":{"polluted":1}}',
          '{"type":"ping","ts":1,"a":[{"__proto__":1}]}',
          '{"\\u005f_proto__":1,"type":"ping","ts":1}',
        ]),
      )
    case 'tooMany':
      return must(
        `[${Array(random.pick([101, 500]))
          .fill(ping)
          .join()}]`,
      )
    case 'tooLarge':
      return must(
        `{"type":"ping","ts":1,"x":"${'x'.repeat(random.pick([65_536, 70_000, 200_000]))}"}`,
      )
    case 'binary':
      return must(random.chance(0.5) ? random.bytes(random.below(100)) : json, 2)
    case 'notUtf8':
      return must(Buffer.concat([Buffer.from(json), Buffer.from([0xff, random.below(256)])]))
    case 'flipped': {
      const bytes = Buffer.from(json)
      const at = random.below(bytes.length)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(7))
      return { ...must(bytes), answers: 1, ends: 'maybe' }
    }
  }
}
