import type { Random } from '../random.js'

export const ODD_STRINGS: readonly string[] = [
  '',
  ' ',
  '.',
  '..',
  '__proto__',
  'constructor',
  'toString',
  'null',
  '0',
  '-1',
  '~server',
  '\u0000',
  'a\u0000b',
  '\r\n',
  '\u007f',
  '\ud800',
  '\udc00\ud800',
  '\u2028\u2029',
  '\ufeff',
  '\u202e',
  'e\u0301',
  '👩‍👩‍👧‍👦',
  '漢字',
  '"\\/\b\f',
  '$(x)',
  "' OR 1=1 --",
  '<script>alert(1)</script>',
  '%00%0a',
  '../../../etc/passwd',
  '{"a":1}',
  'x'.repeat(63),
  'x'.repeat(64),
  'x'.repeat(65),
  '🙂'.repeat(32),
  '🙂'.repeat(33),
  'é'.repeat(512),
  'x'.repeat(2_049),
]

export const ODD_NUMBERS: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  1e-300,
  2 ** 31,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 63,
  1e21,
  1.7976931348623157e308,
  100,
  101,
  1_800_000_000_000,
]

/** Texts at the bounds of a message, and far beyond them. */
export const LONG_STRINGS: readonly (() => string)[] = [
  () => 'x'.repeat(10_000),
  () => 'x'.repeat(10_001),
  () => '漢'.repeat(13_653),
  () => '漢'.repeat(13_654),
  () => '\u0001'.repeat(10_000),
  () => 'x'.repeat(40_961),
]

/** Any JSON value, small and strange. */
export function oddValue(random: Random, depth = 0): unknown {
  switch (random.below(depth > 3 ? 5 : 8)) {
    case 0:
      return null
    case 1:
      return random.chance(0.5)
    case 2:
      return random.pick(ODD_NUMBERS)
    case 3:
      return random.pick(ODD_STRINGS)
    case 4:
      return random.chance(0.02) ? random.pick(LONG_STRINGS)() : noise(random, random.below(20))
    case 5:
      return Array.from({ length: random.below(4) }, () => oddValue(random, depth + 1))
    case 6:
      return nested(random, random.chance(0.1) ? random.between(15, 40) : random.between(1, 5))
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(4) }, () => [
          random.pick(ODD_STRINGS).replace('__proto__', 'proto'),
          oddValue(random, depth + 1),
        ]),
      )
  }
}

export function nested(random: Random, depth: number): unknown {
  let value: unknown = random.below(10)
  for (let i = 0; i < depth; i++) value = random.chance(0.5) ? [value] : { a: value }
  return value
}

/** Letters of every plane, well-formed or not. */
export function noise(random: Random, units: number): string {
  return String.fromCharCode(
    ...Array.from({ length: units }, () => random.below(random.chance(0.5) ? 128 : 0x10000)),
  )
}
