import type { ErrorCode } from '../errors.js'
import { TidingsError } from '../errors.js'

/** The close codes of the protocol that a client tells apart; a test compares the two. */
export const CLOSE_NORMAL = 1000
export const CLOSE_GOING_AWAY = 1001
export const CLOSE_TOO_BIG = 1009
export const CLOSE_UNAUTHORIZED = 4001
export const CLOSE_FORBIDDEN = 4003
export const CLOSE_POLICY = 4008
export const CLOSE_ENDED = 4009
export const CLOSE_MALFORMED = 4400
export const CLOSE_TOO_MANY = 4429

/** After these the server does not want this client again: no retry. */
export const isFinalClose = (code: number): boolean =>
  code === CLOSE_FORBIDDEN || code === CLOSE_ENDED

const CODE_OF_CLOSE: Readonly<Record<number, ErrorCode>> = {
  [CLOSE_TOO_BIG]: 'payload_too_large',
  [CLOSE_UNAUTHORIZED]: 'unauthorized',
  [CLOSE_FORBIDDEN]: 'forbidden',
  [CLOSE_POLICY]: 'rate_limited',
  [CLOSE_ENDED]: 'closed',
  [CLOSE_MALFORMED]: 'invalid_frame',
  [CLOSE_TOO_MANY]: 'too_many_connections',
}

/** What a close code means, where no `error` frame came before it. */
export function errorOfClose(code: number, reason: string): TidingsError {
  const text = reason === '' ? '' : `: ${reason}`
  return new TidingsError(
    CODE_OF_CLOSE[code] ?? 'unavailable',
    `The socket closed with ${code}${text}.`,
  )
}
