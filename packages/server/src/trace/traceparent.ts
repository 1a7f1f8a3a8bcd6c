/** W3C Trace Context: which trace, and which step of it came before. */
export interface TraceParent {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string
  /** 16 lower-case hexadecimal digits: in a header that came, the caller's span. */
  readonly spanId: string
  readonly flags: number
}

const VERSION_0_LENGTH = 55
const SHAPE = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/
const OWN_SHAPE = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/
const NO_TRACE = '0'.repeat(32)
const NO_SPAN = '0'.repeat(16)
/** `sampled` and `random-trace-id`; whoever begins a span of its own must not pass on what it does not know. */
const KNOWN_FLAGS = 0x03

/** True for what this server writes itself: version 00, and nothing behind it. */
export const isTraceparent = (value: unknown): value is string =>
  typeof value === 'string' && OWN_SHAPE.test(value)

/**
 * Reads a `traceparent` of anybody, by the rules of W3C Trace Context: of a version that is not known, the part that
 * is. Undefined for anything else.
 */
export function readTraceparent(value: unknown): TraceParent | undefined {
  if (typeof value !== 'string') return undefined
  const known = value.slice(0, VERSION_0_LENGTH)
  if (!SHAPE.test(known)) return undefined
  const version = known.slice(0, 2)
  if (version === 'ff') return undefined
  if (value.length > VERSION_0_LENGTH && (version === '00' || value[VERSION_0_LENGTH] !== '-')) {
    return undefined
  }
  const traceId = known.slice(3, 35)
  const spanId = known.slice(36, 52)
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined
  return { traceId, spanId, flags: Number.parseInt(known.slice(53), 16) }
}

export const writeTraceparent = ({ traceId, spanId, flags }: TraceParent): string =>
  `00-${traceId}-${spanId}-${(flags & KNOWN_FLAGS).toString(16).padStart(2, '0')}`
