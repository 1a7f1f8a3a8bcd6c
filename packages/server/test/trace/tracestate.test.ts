import { describe, expect, it } from 'vitest'
import { boundedTracestate } from '../../src/trace/tracestate.js'

const member = (key: string, units: number) => `${key}=${'x'.repeat(units - key.length - 1)}`

describe('a tracestate (W3C Trace Context)', () => {
  it.each([
    ['rojo=00f067aa0ba902b7,congo=t61rcWkgMzE', 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'],
    ['tenant@system=1 , \tother=a b', 'tenant@system=1,other=a b'],
    ['a=1,,b=2,', 'a=1,b=2'],
    ['0key=~!', '0key=~!'],
    ['a=b=c', undefined],
  ])('%s is passed on as %s', (text, passed) => {
    expect(boundedTracestate(text)).toBe(passed)
  })

  it.each([
    ['nothing', undefined],
    ['a list', ['a=1']],
    ['an empty text', ' , ,'],
    ['a member without a value', 'a'],
    ['an empty value', 'a=1,b='],
    ['an empty key', '=1'],
    ['a key in upper case', 'Key=1'],
    ['a key twice', 'a=1,b=2,a=3'],
    ['a control character', 'a=1\n2'],
    ['what is not ASCII', 'a=é'],
    ['a key that is too long', `${'k'.repeat(257)}=1`],
    ['a value that is too long', `a=${'v'.repeat(257)}`],
    ['33 members', Array.from({ length: 33 }, (_, i) => `k${i}=1`).join(',')],
    ['more than anybody sends', member('a', 9_000)],
  ])('%s is not passed on', (_, value) => {
    expect(boundedTracestate(value)).toBeUndefined()
  })

  it('I7: above 512 characters loses its long members first, and then its last', () => {
    const long = member('long', 200)
    const short = Array.from({ length: 6 }, (_, i) => member(`s${i}`, 100))
    expect(boundedTracestate([long, ...short].join(','))).toBe(short.slice(0, 5).join(','))
    expect(boundedTracestate([short[0], long, short[1]].join(','))).toBe(
      [short[0], long, short[1]].join(','),
    )
    const all = boundedTracestate([member('a', 250), member('b', 250), member('c', 250)].join(','))
    expect(all).toBeUndefined()
  })
})
