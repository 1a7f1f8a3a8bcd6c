import type { DevLogin } from '../auth/dev-login.js'
import type { Authenticator } from '../auth/port.js'
import type { Logger } from '../observe/log.js'
import type { Operations } from '../operations/operations.js'
import type { Directory } from '../ports/directory.js'
import type { ServerEnvironment } from '../ports/environment.js'
import type { RateLimiter, TokenRevocation } from '../ports/limits.js'
import type { Traces } from '../trace/traces.js'

/** What the REST API is made of. */
export interface ApiContext extends Operations {
  readonly environment: ServerEnvironment
  readonly log: Logger
  readonly traces: Traces
  /** Told of each answer, by the pattern of its route: `none` where there is no such route. */
  readonly onAnswered?: (route: string, status: number, durationMs: number) => void
  readonly basePath: string
  readonly corsOrigins: readonly string[]
  /** How many proxies stand in front. */
  readonly trustProxy: number
  readonly requestRatePerS: number
  readonly authenticator: Authenticator
  /** How long a token may be checked: as long as for a socket. */
  readonly authenticateTimeoutMs: number
  readonly revocation: TokenRevocation
  readonly serverKeys: { matches(key: string): boolean }
  readonly limiter: RateLimiter
  readonly directory: Directory
  /** The development login, with the workspace and channel that newcomers join. */
  readonly devLogin?: {
    readonly login: DevLogin
    readonly workspaceId: string
    readonly channelId: string
  }
  /** Each dependency's health: the process is ready when each is `ok` or `degraded: …`. */
  readonly health: () => Promise<Readonly<Record<string, 'ok' | string>>>
  /** The text of /metrics. */
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>
}
