import type { ErrorCode } from './codes.js'
import { jsonProblem } from './json.js'
import { LIMITS } from './limits.js'
import { utf8Fits } from './utf8.js'

/** One parsed envelope whose fields are not checked yet. */
export interface Envelope {
  readonly type: string
  readonly [field: string]: unknown
}

/** The verdict on one frame of a peer; never thrown. */
export type Decoded =
  | { readonly ok: true; readonly envelopes: readonly Envelope[] }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string }

export interface DecodeLimits {
  /** Largest frame in bytes of UTF-8. @default 64 KiB, a client's bound */
  readonly maxBytes?: number
  /** Most envelopes in one frame. @default 100 */
  readonly maxEnvelopes?: number
}

const refuse = (code: ErrorCode, message: string): Decoded => ({ ok: false, code, message })

const isEnvelope = (value: unknown): value is Envelope =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  typeof (value as { type?: unknown }).type === 'string'

function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/**
 * Reads one text frame: an envelope, or an array of envelopes. Looks at sizes and shape only; the
 * fields of an envelope are checked by `@tidings/protocol/schemas` (server) or by a guard (SDK).
 * Never throws, whatever the text (I7).
 */
export function decode(text: string, limits: DecodeLimits = {}): Decoded {
  const maxBytes = limits.maxBytes ?? LIMITS.clientFrameMaxBytes
  const maxEnvelopes = limits.maxEnvelopes ?? LIMITS.envelopesPerFrameMax
  if (!utf8Fits(text, maxBytes)) {
    return refuse('payload_too_large', `A frame has at most ${maxBytes} bytes.`)
  }
  const parsed = parse(text)
  if (parsed === undefined) return refuse('invalid_frame', 'A frame must be JSON.')
  const envelopes = Array.isArray(parsed.value) ? parsed.value : [parsed.value]
  if (envelopes.length === 0) return refuse('invalid_frame', 'A frame must hold an envelope.')
  if (envelopes.length > maxEnvelopes) {
    return refuse('payload_too_large', `A frame holds at most ${maxEnvelopes} envelopes.`)
  }
  if (!envelopes.every(isEnvelope)) {
    return refuse('invalid_frame', 'Each envelope must be an object with a type.')
  }
  const problem = jsonProblem(parsed.value, LIMITS.frameDepthMax)
  if (problem === 'too_deep') {
    return refuse('invalid_frame', `A frame is nested at most ${LIMITS.frameDepthMax} deep.`)
  }
  if (problem === 'proto_key') {
    return refuse('invalid_frame', 'A frame must not use __proto__ as a key.')
  }
  if (
    !utf8Fits(text, LIMITS.helloMaxBytes) &&
    envelopes.some((envelope) => envelope.type === 'hello')
  ) {
    return refuse('payload_too_large', `A hello has at most ${LIMITS.helloMaxBytes} bytes.`)
  }
  return { ok: true, envelopes }
}

/** Writes one envelope, or several as an array. */
export function encode(envelope: object | readonly object[]): string {
  return JSON.stringify(envelope)
}

/** The epoch of a frame: 1 where it is left out. */
export const epochOf = (frame: { epoch?: number | undefined }): number => frame.epoch ?? 1

/** For building frames: nothing when the epoch is 1, which is left out on the wire. */
export const epochField = (epoch: number): { epoch?: number } => (epoch === 1 ? {} : { epoch })
