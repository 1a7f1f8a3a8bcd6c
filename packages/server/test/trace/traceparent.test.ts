import { describe, expect, it } from 'vitest'
import { isTraceparent, readTraceparent, writeTraceparent } from '../../src/trace/traceparent.js'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

describe('a traceparent (W3C Trace Context)', () => {
  it.each([
    [`00-${TRACE}-${SPAN}-01`, 1],
    [`00-${TRACE}-${SPAN}-00`, 0],
    [`00-${TRACE}-${SPAN}-ff`, 255],
    [`01-${TRACE}-${SPAN}-01`, 1],
    [`cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`, 1],
  ])('%s is read', (text, flags) => {
    expect(readTraceparent(text)).toEqual({ traceId: TRACE, spanId: SPAN, flags })
  })

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['a number', 7],
    ['several headers', [`00-${TRACE}-${SPAN}-01`]],
    ['several headers in one', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
    ['several of a later version', `01-${TRACE}-${SPAN}-01,01-${TRACE}-${SPAN}-01`],
    ['upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['a version that is no number', `.0-${TRACE}-${SPAN}-01`],
    ['more behind version 00', `00-${TRACE}-${SPAN}-01-extra`],
    ['something glued to a later version', `01-${TRACE}-${SPAN}-01extra`],
    ['a trace that is too short', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['a span that is too long', `00-${TRACE}-${SPAN}0-01`],
    ['flags of one digit', `00-${TRACE}-${SPAN}-1`],
    ['other separators', `00_${TRACE}_${SPAN}_01`],
    ['a line feed at the end', `00-${TRACE}-${SPAN}-01\n`],
    ['a line of log', `00-${TRACE.slice(0, 20)}\n{"level":50}-${SPAN}-01`],
  ])('%s is none', (_, value) => {
    expect(readTraceparent(value)).toBeUndefined()
    expect(isTraceparent(value)).toBe(false)
  })

  it('is written as version 00, with the flags that are known', () => {
    expect(writeTraceparent({ traceId: TRACE, spanId: SPAN, flags: 0xff })).toBe(
      `00-${TRACE}-${SPAN}-03`,
    )
    expect(isTraceparent(writeTraceparent({ traceId: TRACE, spanId: SPAN, flags: 0 }))).toBe(true)
    expect(isTraceparent(`00-${TRACE}-${SPAN}-01-more`)).toBe(false)
  })
})
