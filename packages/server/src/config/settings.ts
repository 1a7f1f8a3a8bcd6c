import type { AcceptanceOptions } from '../acceptance/options.js'
import type { GatewayOptions } from '../gateway/options.js'
import type { Config } from './fields.js'

/** The settings that acceptance obeys. */
export const acceptanceSettings = (config: Config): AcceptanceOptions => ({
  userRate: { perSecond: config.sendRatePerS, burst: config.sendBurst },
  channelRate: { perSecond: config.channelRatePerS, burst: config.channelBurst },
  workspaceRate: { perSecond: config.workspaceRatePerS, burst: config.workspaceBurst },
  hookTimeoutMs: config.hookTimeoutMs,
})

/** The settings that a gateway obeys, and tells its clients. */
export const gatewaySettings = (config: Config): GatewayOptions => ({
  maxConnections: config.maxConnections,
  maxConnectionsPerIp: config.maxConnectionsPerIp,
  maxUnauthenticatedPerIp: config.maxUnauthenticatedPerIp,
  connectionRatePerS: config.connectionRatePerS,
  frameRatePerS: config.frameRatePerS,
  socketBufferMaxBytes: config.socketBufferMaxBytes,
  pullAboveMembers: config.pullAboveMembers,
  pullAboveEventsPerS: config.pullAboveEventsPerS,
  helloTimeoutMs: config.helloTimeoutMs,
  showLastSeen: config.showLastSeen,
  limits: { send_rate_per_s: config.sendRatePerS, send_burst: config.sendBurst },
})
