import { readdirSync, readFileSync } from 'node:fs'
import { type Decoded, decode, LIMITS } from '../../src/index.js'
import { parseClientFrame, parseServerFrame } from '../../src/schemas.js'

export type Verdict = 'valid' | { readonly code: string }

/** One line of a file in `vectors/`; see `vectors/README.md`. */
export interface Vector {
  readonly name: string
  readonly direction: 'client' | 'server'
  readonly frame?: { readonly type: string }
  readonly text?: string
  readonly text_parts?: readonly (readonly [string, number])[]
  /** How many envelopes a valid text holds. */
  readonly envelopes?: number
  readonly verdict: Verdict
}

export interface Family {
  readonly file: string
  readonly vectors: readonly Vector[]
}

const folder = new URL('../../vectors/', import.meta.url)

export const families: readonly Family[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => ({ file, vectors: JSON.parse(readFileSync(new URL(file, folder), 'utf8')) }))

export function textOf({ frame, text, text_parts }: Vector): string {
  if (text_parts !== undefined) {
    return text_parts.map(([part, times]) => part.repeat(times)).join('')
  }
  return text ?? JSON.stringify(frame)
}

export function decodeVector(vector: Vector): Decoded {
  const maxBytes =
    vector.direction === 'client' ? LIMITS.clientFrameMaxBytes : LIMITS.serverFrameMaxBytes
  return decode(textOf(vector), { maxBytes })
}

/** What this implementation says of a vector, in the vector's own terms. */
export function judge(vector: Vector): Verdict {
  const decoded = decodeVector(vector)
  if (!decoded.ok) return { code: decoded.code }
  if (vector.frame === undefined) return 'valid'
  const parse = vector.direction === 'client' ? parseClientFrame : parseServerFrame
  const refused = decoded.envelopes.map((one) => parse(one)).find((one) => !one.ok)
  return refused === undefined || refused.ok ? 'valid' : { code: refused.code }
}
