import { type Logger, pino } from 'pino'

export type { Logger }

/** Paths that may hold a secret, in whatever is logged. */
const SECRETS = [
  'token',
  'secret',
  'password',
  'authorization',
  'cookie',
  '*.token',
  '*.secret',
  '*.password',
  '*.authorization',
  '*.cookie',
  'headers["sec-websocket-protocol"]',
  '*.headers.authorization',
  '*.headers.cookie',
  '*.headers["sec-websocket-protocol"]',
]

/** JSON lines on standard output. Secrets are censored, and an address is logged without its query. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: null,
    redact: { paths: SECRETS, censor: '[secret]' },
    serializers: { err: pino.stdSerializers.err },
  })
}
