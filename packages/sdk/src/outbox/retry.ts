import { invalidArgument, TidingsError } from '../errors.js'
import { FIRST_TRY_MAX_AGE_MS } from '../limits.js'
import type { OutboxRow } from '../storage/port.js'
import { settlementIn } from './settlement.js'

/**
 * True if a parked command goes again under its own id: whoever does not know whether it arrived
 * must not send another (I3). What was surely refused or never sent needs a new id, because the
 * refusal of the old one is remembered. Throws `send_too_old` where its id would not be recognised
 * any more, and `invalid_argument` for what is not parked.
 */
export function keepsItsId(
  row: OutboxRow | undefined,
  serverNow: number | undefined,
  allowDuplicate: boolean,
): row is OutboxRow {
  if (row?.state !== 'parked') throw invalidArgument('Only a parked command can be sent again.')
  const end = settlementIn(row)
  if (allowDuplicate || end.ok || end.error.outcome !== 'unknown') return false
  const ageMs = (serverNow ?? 0) - (row.firstTryTs ?? Number.POSITIVE_INFINITY)
  if (end.error.code === 'send_too_old' || ageMs > FIRST_TRY_MAX_AGE_MS) {
    throw new TidingsError(
      'send_too_old',
      'It may have arrived, and a repeat would not be recognised any more: see allowDuplicate.',
    )
  }
  return true
}
