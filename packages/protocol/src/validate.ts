import type * as z from 'zod/mini'
import type { Envelope } from './codec.js'
import type { ErrorCode } from './codes.js'
import { explain } from './explain.js'
import type { ClientFrame, ServerFrame } from './frames.js'
import { isId } from './ids.js'
import { clientFrames, serverFrames } from './schemas.js'

/** What an error frame repeats of the envelope it answers, so that the peer finds its request. */
export interface Echo {
  readonly ref?: string
  readonly client_msg_id?: string
  readonly channel_id?: string
}

/** The verdict on one envelope of a peer; never thrown. */
export type Validated<F> =
  | { readonly ok: true; readonly frame: F }
  | {
      readonly ok: false
      readonly code: ErrorCode
      readonly message: string
      readonly echo: Echo
    }

function echoOf(envelope: Envelope): Echo {
  const echo: { -readonly [K in keyof Echo]: Echo[K] } = {}
  for (const field of ['ref', 'client_msg_id', 'channel_id'] as const) {
    const value = Object.hasOwn(envelope, field) ? envelope[field] : undefined
    if (isId(value)) echo[field] = value
  }
  return echo
}

function validate<F>(table: Record<string, z.ZodMiniType>, envelope: Envelope): Validated<F> {
  const schema = Object.hasOwn(table, envelope.type) ? table[envelope.type] : undefined
  if (schema === undefined) {
    const message = 'type: is not known here.'
    return { ok: false, code: 'unknown_type', message, echo: echoOf(envelope) }
  }
  const parsed = schema.safeParse(envelope)
  if (parsed.success) return { ok: true, frame: parsed.data as F }
  return { ok: false, ...explain(parsed.error, envelope), echo: echoOf(envelope) }
}

/** Checks one envelope from a client against its schema; unknown fields are stripped. */
export function parseClientFrame(envelope: Envelope): Validated<ClientFrame> {
  return validate(clientFrames, envelope)
}

/** Checks one envelope from a server against its schema; unknown fields are stripped. */
export function parseServerFrame(envelope: Envelope): Validated<ServerFrame> {
  return validate(serverFrames, envelope)
}
