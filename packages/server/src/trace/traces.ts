import type { RequestContext } from '../stream/request-context.js'
import { readTraceparent, writeTraceparent } from './traceparent.js'
import { boundedTracestate } from './tracestate.js'

/** What a request carries besides its id. */
export type TraceContext = Required<Pick<RequestContext, 'trace'>> &
  Pick<RequestContext, 'traceState'>

/** Begins traces, and goes on with those of others. */
export interface Traces {
  /** A new trace, not sampled: nothing is recorded here but log lines. */
  begin(): string
  /**
   * The caller's trace with a span of this server; a new trace where the headers say none that can be read. What
   * they say is a stranger's word: it is checked and bounded, and names log lines only.
   */
  follow(traceparent: unknown, tracestate: unknown): TraceContext
}

/** `randomHex` gives so many random bytes as hexadecimal digits. */
export function createTraces(randomHex: (bytes: number) => string): Traces {
  const begin = (): string => {
    const digits = randomHex(24)
    return writeTraceparent({ traceId: digits.slice(0, 32), spanId: digits.slice(32), flags: 0 })
  }
  return {
    begin,
    follow(traceparent, tracestate) {
      const caller = readTraceparent(traceparent)
      if (caller === undefined) return { trace: begin() }
      const trace = writeTraceparent({ ...caller, spanId: randomHex(8) })
      const traceState = boundedTracestate(tracestate)
      return traceState === undefined ? { trace } : { trace, traceState }
    },
  }
}
