import type { Client, ClientOptions } from '@tidings/sdk'
import type { RestClient } from '@tidings/sdk/rest'
import type { Line } from './line.js'
import { startPlace } from './place.js'
import { SERVER_KEY, systemAt } from './system-at.js'

/** What a scenario needs to be other than usual. */
export interface SystemOptions {
  /** How long a token lasts, in milliseconds. @default it does not expire */
  readonly tokenLifeMs?: number
  /** Sends a second of one user in one channel. @default not limited */
  readonly sendRatePerS?: number
  /** @default 20 */
  readonly sendBurst?: number
  /** What one connection may say a second. @default 10,000 */
  readonly frameRatePerS?: number
  /** @default the server's own */
  readonly socketBufferMaxBytes?: number
}

/** Somebody's device: a client, its network, and how often it needed a token. */
export interface Device {
  readonly client: Client
  readonly line: Line
  readonly tokensAsked: () => readonly string[]
}

/**
 * Tidings as its users have it, wherever it runs: scenarios know nothing else. Everybody is in one workspace,
 * `home`, and a token is had for the asking.
 */
export interface System {
  /** With every right: what the platform does. */
  readonly platform: RestClient
  /** The REST API as a user. */
  as(userId: string): RestClient
  /** A private channel with these members, owned by the first. */
  channel(channelId: string, ...userIds: string[]): Promise<void>
  /** A device of a user, which connects; it ends with the system. */
  device(userId: string, options?: Partial<ClientOptions<readonly []>>): Device
  /** Ends what a user has open, and shuts them out for so long. */
  endSessions(userId: string, options?: { readonly refuseForMs?: number }): Promise<void>
  /** Ends whatever serves; clients are left alone. */
  stop(): Promise<void>
  /** Serves again, at the same addresses, over what was stored. */
  start(): Promise<void>
  /** Copies what is stored, while it is used. */
  backup(): Promise<Backup>
  /** Puts an older copy in place of what is stored. The system must be stopped. */
  restore(backup: Backup): Promise<void>
  end(): Promise<void>
}

/** A copy of what was stored, by the name under which it lies. */
export interface Backup {
  readonly name: string
}

/** Starts the system that is tested: one embedded server, or a cluster, as the run says. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const { frameRatePerS = 10_000, sendRatePerS = 0, sendBurst = 20, socketBufferMaxBytes } = options
  const place = await startPlace({
    logLevel: 'silent',
    serverKeys: [SERVER_KEY],
    sendRatePerS,
    sendBurst,
    channelRatePerS: 0,
    requestRatePerS: 0,
    frameRatePerS,
    drainTimeoutMs: 100,
    ...(socketBufferMaxBytes !== undefined && { socketBufferMaxBytes }),
  })
  try {
    return await systemAt(place, options.tokenLifeMs)
  } catch (error) {
    await place.end()
    throw error
  }
}
