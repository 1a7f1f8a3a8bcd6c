import { describe, expect, it } from 'vitest'
import { randomHex } from '../../src/adapters/node/random-text.js'
import { isTraceparent, readTraceparent } from '../../src/trace/traceparent.js'
import { createTraces } from '../../src/trace/traces.js'

const CALLER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const traces = createTraces(randomHex)

describe('a trace', () => {
  it('begins with ids that nobody else has, and is not sampled', () => {
    const begun = Array.from({ length: 1_000 }, () => traces.begin())
    expect(begun.every(isTraceparent)).toBe(true)
    expect(new Set(begun.map((trace) => readTraceparent(trace)?.traceId)).size).toBe(1_000)
    expect(new Set(begun.map((trace) => readTraceparent(trace)?.spanId)).size).toBe(1_000)
    expect(begun.every((trace) => trace.endsWith('-00'))).toBe(true)
  })

  it('of a caller goes on with its flags and a span of ours', () => {
    const { trace, traceState } = traces.follow(CALLER, 'vendor=1')
    const caller = readTraceparent(CALLER)
    const own = readTraceparent(trace)
    expect(own).toEqual({ ...caller, spanId: own?.spanId })
    expect(own?.spanId).not.toBe(caller?.spanId)
    expect(traceState).toBe('vendor=1')
  })

  it('is a new one where the caller names none that can be read, and its state is not taken', () => {
    for (const header of [undefined, '', 'x', `${CALLER}0`, CALLER.toUpperCase()]) {
      const context = traces.follow(header, 'vendor=1')
      expect(isTraceparent(context.trace)).toBe(true)
      expect(context.trace).not.toContain('4bf92f35')
      expect(context).not.toHaveProperty('traceState')
    }
  })

  it('of a caller goes on without a state that breaks the rules', () => {
    expect(traces.follow(CALLER, 'no state')).not.toHaveProperty('traceState')
  })
})

describe('random digits', () => {
  it('are as many as were asked for, also over the end of a portion', () => {
    const all = Array.from({ length: 2_000 }, () => randomHex(24))
    expect(all.every((digits) => /^[0-9a-f]{48}$/.test(digits))).toBe(true)
    expect(new Set(all).size).toBe(2_000)
  })
})
