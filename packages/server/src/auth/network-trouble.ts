/** What Node, and its fetch, say of a peer that cannot be reached or has gone. */
const CODES: ReadonlySet<unknown> = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_SOCKET',
])
/** Errors are wrapped a few times, not for ever. */
const DEPTH_MAX = 5

/** True for an error of the network, and for one that was caused by such. */
export function isNetworkTrouble(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth === DEPTH_MAX) return false
  return 'code' in error && CODES.has(error.code) ? true : isNetworkTrouble(error.cause, depth + 1)
}
