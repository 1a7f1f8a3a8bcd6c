/** The REST API, for bots and back ends that need no stream. */
import { check, isCount, isFunction } from '../arguments.js'
import type { GetToken } from '../connection/token.js'
import { createDefaultEnvironment } from '../environment/default.js'
import type { Environment } from '../environment/port.js'
import { restChannels, restUsers, restWorkspaces } from './directory.js'
import { restMessages } from './messages.js'
import { createTransport } from './transport.js'

export type { Camel } from '../channel/names.js'
export type { GetToken, TokenRequest } from '../connection/token.js'
export { type ErrorCode, type Outcome, stop, TidingsError } from '../errors.js'
export type { OpenChannelKind, PutMemberFields } from './directory.js'
export type {
  CommandOptions,
  RestHistoryOptions,
  RestHistoryPage,
  RestResult,
  RestTarget,
  SendOptions,
} from './messages.js'
export type { ListOptions } from './paging.js'
export type { CallOptions } from './transport.js'

export interface RestClientOptions {
  /** The API's address, as `https://chat.example.com/v1`. */
  readonly url: string
  /**
   * Gives the user's token, or a server key. Asked once, and again when the server refused what it
   * gave.
   */
  readonly getToken: GetToken
  /**
   * How often a call is tried again, where that cannot do it twice: with back-off, and not before
   * the server's `retry_after_ms`.
   * @default 4
   */
  readonly retries?: number | undefined
  /** How long one try may take, in milliseconds. @default 10 000 */
  readonly timeoutMs?: number | undefined
  /** @default the runtime's own */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Clock, timers and chance. @default those of this runtime */
  readonly environment?: Environment | undefined
}

export type RestClient = ReturnType<typeof createRestClient>

/** A client of the REST API. Every call rejects with a `TidingsError`; nothing is left open. */
export function createRestClient(options: RestClientOptions) {
  check('options', options, Object(options) === options, 'an object')
  const { url, getToken, retries = 4, timeoutMs = 10_000 } = options
  const isUrl = /^https?:\/\/[^/]/.test(url)
  check('url', url, isUrl, 'an address that begins with http:// or https://')
  check('getToken', getToken, isFunction(getToken), 'a function')
  check('retries', retries, isCount(retries, 0), 'an integer from 0')
  check('timeoutMs', timeoutMs, isCount(timeoutMs), 'an integer from 1')
  const environment = options.environment ?? createDefaultEnvironment()
  const fetch = options.fetch ?? ((...args) => globalThis.fetch(...args))
  const transport = createTransport({ url, getToken, retries, timeoutMs, fetch, environment })
  return {
    users: restUsers(transport),
    workspaces: restWorkspaces(transport),
    channels: restChannels(transport),
    messages: restMessages(transport, environment),
  }
}
