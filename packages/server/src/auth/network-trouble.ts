/** What Node, its fetch and jose say of a peer that cannot be reached, has gone, or does not answer in time. */
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
  'ERR_JWKS_TIMEOUT',
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
  // the code of what AbortSignal.timeout ends with says nothing
  if (error.name === 'TimeoutError') return true
  return 'code' in error && CODES.has(error.code) ? true : isNetworkTrouble(error.cause, depth + 1)
}
