/** What another server does not let through, however often it is asked. */
export type Refusal = 'credentials' | 'certificate'

const CREDENTIALS = /\b(WRONGPASS|NOAUTH)\b|SASL.*authentication failed/i
const CERTIFICATE = /certificate|\bCERT_|ERR_TLS_CERT/i
const CAUSES_MAX = 8

/**
 * Whether an error, or what caused it, says that user or password are refused, or that the server's certificate is not
 * trusted: such a start does not wait for better times.
 */
export function refusalOf(error: unknown): Refusal | undefined {
  let at = error
  for (let depth = 0; depth < CAUSES_MAX && at instanceof Error; depth++) {
    const { code, message, name } = at as NodeJS.ErrnoException
    const said = `${code} ${message}`
    if (CREDENTIALS.test(said) || name === 'KafkaJSSASLAuthenticationError') return 'credentials'
    if (CERTIFICATE.test(said)) return 'certificate'
    // of a Redis Cluster that cannot be reached this is why
    at = at.cause ?? (at as { lastNodeError?: unknown }).lastNodeError
  }
  return undefined
}
