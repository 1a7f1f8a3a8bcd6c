import { nodeEnvironment } from '../adapters/node/environment.js'
import { type ApiInstance, createApi } from '../api/app.js'
import type { ApiContext } from '../api/context.js'
import type { DevLogin } from '../auth/dev-login.js'
import { createServerKeys } from '../auth/server-keys.js'
import type { Config } from '../config/fields.js'
import type { Metrics } from '../observe/metrics.js'
import type { Operations } from '../operations/operations.js'
import type { ServingPorts } from '../roles/ports.js'
import { FIRST_CHANNEL } from './first-channel.js'

export interface ApiParts extends Pick<ApiContext, 'log' | 'traces' | 'health' | 'metrics'> {
  readonly config: Config
  readonly operations: Operations
  readonly ports: Pick<ServingPorts, 'authenticator' | 'revocation' | 'limiter' | 'directory'>
  readonly counters: Metrics
  readonly devLogin: DevLogin | undefined
}

/** REST, its document, and the operator's pages, of one process or of one of many. */
export function openApi(parts: ApiParts): Promise<ApiInstance> {
  const { config, operations, ports, counters, devLogin, log, traces, health, metrics } = parts
  const { workspaces, channels, messages, history, sessions, receipts, presence, nextRequestId } =
    operations
  const { authenticator, revocation, limiter, directory } = ports
  return createApi({
    environment: nodeEnvironment,
    log,
    traces,
    onAnswered: (route, status, durationMs) =>
      counters.requestSeconds.observe({ route, status }, durationMs / 1_000),
    basePath: config.basePath,
    corsOrigins: config.corsOrigins,
    trustProxy: config.trustProxy,
    requestRatePerS: config.requestRatePerS,
    authenticator,
    authenticateTimeoutMs: config.helloTimeoutMs,
    revocation,
    serverKeys: createServerKeys(config.serverKeys),
    limiter,
    nextRequestId,
    directory,
    workspaces,
    channels,
    messages,
    history,
    sessions,
    receipts,
    presence,
    ...(devLogin !== undefined && { devLogin: { login: devLogin, ...FIRST_CHANNEL } }),
    health,
    metrics,
  })
}
