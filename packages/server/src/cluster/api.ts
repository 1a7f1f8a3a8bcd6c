import { nodeEnvironment } from '../adapters/node/environment.js'
import { type ApiInstance, createApi } from '../api/app.js'
import type { OperatorContext } from '../api/operator-app.js'
import type { DevLogin } from '../auth/dev-login.js'
import { createServerKeys } from '../auth/server-keys.js'
import { FIRST_CHANNEL } from '../compose/first-channel.js'
import type { Config } from '../config/fields.js'
import type { Metrics } from '../observe/metrics.js'
import type { OpenServing } from './serving.js'

export interface ApiParts extends Omit<OperatorContext, 'makeId'> {
  readonly config: Config
  readonly serving: OpenServing
  readonly counters: Metrics
  readonly devLogin: DevLogin | undefined
}

/** The role `api`: REST, its document, and the operator's pages. */
export function openApi(parts: ApiParts): Promise<ApiInstance> {
  const { config, serving, counters, devLogin, log, basePath, health } = parts
  const { ports, roles } = serving
  const { workspaces, channels, messages, history, sessions, nextId } = roles
  const { authenticator, revocation, limiter, directory } = ports
  return createApi({
    environment: nodeEnvironment,
    log,
    onAnswered: (route, status, durationMs) =>
      counters.requestSeconds.observe({ route, status }, durationMs / 1_000),
    basePath,
    corsOrigins: config.corsOrigins,
    trustProxy: config.trustProxy,
    requestRatePerS: config.requestRatePerS,
    authenticator,
    revocation,
    serverKeys: createServerKeys(config.serverKeys),
    limiter,
    nextId,
    directory,
    workspaces,
    channels,
    messages,
    history,
    sessions,
    receipts: roles.receipts,
    presence: roles.presence,
    ...(devLogin !== undefined && { devLogin: { login: devLogin, ...FIRST_CHANNEL } }),
    health,
    metrics: parts.metrics,
  })
}
