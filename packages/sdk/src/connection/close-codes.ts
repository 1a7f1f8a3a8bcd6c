import { CLOSE } from '@tidings/protocol'
import type { ErrorCode } from '../errors.js'
import { TidingsError } from '../errors.js'

/** After these the server does not want this client again: no retry. */
export const isFinalClose = (code: number): boolean =>
  code === CLOSE.forbidden || code === CLOSE.ended

const CODE_OF_CLOSE: Readonly<Record<number, ErrorCode>> = {
  [CLOSE.tooBig]: 'payload_too_large',
  [CLOSE.unauthorized]: 'unauthorized',
  [CLOSE.forbidden]: 'forbidden',
  [CLOSE.policy]: 'rate_limited',
  [CLOSE.ended]: 'closed',
  [CLOSE.malformed]: 'invalid_frame',
  [CLOSE.tooMany]: 'too_many_connections',
}

/** What a close code means, where no `error` frame came before it. */
export function errorOfClose(code: number, reason: string): TidingsError {
  const text = reason === '' ? '' : `: ${reason}`
  return new TidingsError(
    CODE_OF_CLOSE[code] ?? 'unavailable',
    `The socket closed with ${code}${text}.`,
  )
}
