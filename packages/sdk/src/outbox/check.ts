import { type SessionLimits, utf8Bytes, utf8Fits } from '@tidings/protocol'
import { check } from '../arguments.js'
import type { UnsentCommand } from '../channel/outbox-view.js'
import { TidingsError } from '../errors.js'
import { COMMAND_MAX_BYTES, METADATA_MAX_BYTES, TEXT_MAX_BYTES, TEXT_MAX_UNITS } from '../limits.js'
import type { Entry } from './entry.js'
import type { OutboxOptions } from './port.js'

/** A command as it will be sent, as plain data that nobody else holds, and its size. */
export interface CheckedCommand {
  readonly frame: Readonly<Record<string, unknown>>
  readonly bytes: number
}

const tooLong = (message: string): TidingsError =>
  new TidingsError('msg_too_long', message, { outcome: 'not_sent' })

/**
 * Refuses, before the outbox, what a server would refuse for its size: a command that can never be
 * sent must not stand in the way of those behind it. Throws `msg_too_long` or `invalid_argument`.
 */
export function checkCommand(
  command: UnsentCommand,
  clientMsgId: string,
  limits: Partial<SessionLimits> | undefined,
): CheckedCommand {
  const { text, metadata } = command as { text?: unknown; metadata?: unknown }
  if ('text' in command) {
    const isText = typeof text === 'string' && text.isWellFormed()
    check('text', text, isText, 'a string of well-formed Unicode')
    const maxUnits = limits?.text_max_units ?? TEXT_MAX_UNITS
    const maxBytes = limits?.text_max_bytes ?? TEXT_MAX_BYTES
    if (text.length > maxUnits || !utf8Fits(text, maxBytes)) {
      throw tooLong(`A text has at most ${maxUnits} UTF-16 units and ${maxBytes} bytes.`)
    }
  }
  const encoded = asJson({ ...command, client_msg_id: clientMsgId })
  if (metadata !== undefined && !utf8Fits(asJson(metadata), METADATA_MAX_BYTES)) {
    throw tooLong(`Metadata has at most ${METADATA_MAX_BYTES} bytes of JSON.`)
  }
  // `first_try_ts` is not in it yet.
  const bytes = utf8Bytes(encoded) + FIRST_TRY_BYTES
  const maxBytes = limits?.command_max_bytes ?? COMMAND_MAX_BYTES
  if (bytes > maxBytes) throw tooLong(`An encoded command has at most ${maxBytes} bytes.`)
  return { frame: JSON.parse(encoded) as Record<string, unknown>, bytes }
}

const FIRST_TRY_BYTES = ',"first_try_ts":'.length + 16

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch (cause) {
    throw new TidingsError('invalid_argument', 'A command must be plain JSON.', { cause })
  }
}

const ROWS_MAX = 1_000
const BYTES_MAX = 8 * 1024 * 1024

/** Throws `outbox_full` when one more of so many bytes is more than may wait (I7). */
export function checkRoom(
  entries: readonly Entry[],
  bytes: number,
  { maxRows = ROWS_MAX, maxBytes = BYTES_MAX }: OutboxOptions,
): void {
  const held = entries.reduce((sum, entry) => sum + entry.bytes, bytes)
  if (entries.length < maxRows && held <= maxBytes) return
  throw new TidingsError(
    'outbox_full',
    `At most ${maxRows} commands and ${maxBytes} bytes wait, parked ones included.`,
  )
}
