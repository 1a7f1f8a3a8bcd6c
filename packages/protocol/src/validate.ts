import type * as z from 'zod/mini'
import type { ClientFrame, ServerFrame } from './frames.js'
import type { ErrorCode } from './codes.js'
import type { Envelope } from './codec.js'
import { clientFrames, serverFrames } from './schemas.js'

/** The verdict on one envelope of a peer; never thrown. */
export type Validated<F> =
  | { readonly ok: true; readonly frame: F }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string }

function validate<F>(table: Record<string, z.ZodMiniType>, envelope: Envelope): Validated<F> {
  const schema = Object.hasOwn(table, envelope.type) ? table[envelope.type] : undefined
  if (schema === undefined) {
    return { ok: false, code: 'unknown_type', message: 'This frame type is not known here.' }
  }
  const parsed = schema.safeParse(envelope)
  if (parsed.success) return { ok: true, frame: parsed.data as F }
  const issue = parsed.error.issues[0]
  const params = issue !== undefined && issue.code === 'custom' ? issue.params : undefined
  const code = params?.code === 'msg_too_long' ? 'msg_too_long' : 'invalid_frame'
  const where = issue?.path.map(String).join('.').slice(0, 100) || 'frame'
  return { ok: false, code, message: `${where}: ${issue?.message ?? 'is not valid'}` }
}

/** Checks one envelope from a client against its schema; unknown fields are stripped. */
export function parseClientFrame(envelope: Envelope): Validated<ClientFrame> {
  return validate(clientFrames, envelope)
}

/** Checks one envelope from a server against its schema; unknown fields are stripped. */
export function parseServerFrame(envelope: Envelope): Validated<ServerFrame> {
  return validate(serverFrames, envelope)
}
