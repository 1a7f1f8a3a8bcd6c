import { check, checkId, given, isCount, isFunction } from './arguments.js'
import type { GetToken } from './connection/token.js'
import type { Environment } from './environment/port.js'
import type { WebSocketConstructor } from './environment/web-socket.js'
import type { Feature } from './features/feature.js'
import type { OpenOutboxStorage } from './storage/port.js'

export interface ClientOptions<F extends readonly Feature[] = readonly Feature[]> {
  /** The server's WebSocket address, as `wss://chat.example.com/v1/ws`. The only address needed. */
  readonly url: string
  /**
   * Gives a token for the user. Asked only when one is needed: `reason` says why. What it throws is
   * retried with back-off; an error made by `stop()` ends the client.
   */
  readonly getToken: GetToken
  /**
   * The user whom the tokens are for. With it, what waits in the outbox is shown before the first
   * connection, and a token of anybody else closes the client with `user_changed`.
   * @default whom the first connection names
   */
  readonly userId?: string | undefined
  /**
   * Names this device to the server. Several clients of one device may be connected.
   * @default made once and kept, where the environment can keep it; else made for each client
   */
  readonly deviceId?: string | undefined
  /**
   * Begin to connect with the next turn. `false`: when `connect()` is called.
   * @default true
   */
  readonly autoConnect?: boolean | undefined
  /** A WebSocket class to use. @default that of `isomorphic-ws`: the browser's own, `ws` in Node */
  readonly WebSocket?: WebSocketConstructor | undefined
  /**
   * Where unacknowledged commands are kept: `memory` forgets them with the page or process; or a
   * storage of your own. That of `@tidings/sdk/file` is a folder of your choice.
   * @default IndexedDB in browsers, a file in Node
   */
  readonly storage?: 'memory' | OpenOutboxStorage | undefined
  /**
   * Longest time for each of token, socket and greeting, in milliseconds, until it is tried anew.
   * @default 15 000
   */
  readonly attemptTimeoutMs?: number | undefined
  /** How the outbox sends, and how much may wait in it. */
  readonly outbox?: OutboxLimits | undefined
  /**
   * `recent`: a channel that is more than 500 events behind skips to its last 50, and says so by a
   * gap. `all`: nothing is skipped, however far behind; for bots.
   * @default 'recent'
   */
  readonly catchUp?: 'recent' | 'all' | undefined
  /**
   * How many of the channels used last stay complete when nothing listens to them any more.
   * @default 20
   */
  readonly backgroundChannels?: number | undefined
  /** What else the client can do; each appears under its own name. @default none */
  readonly features?: F | undefined
  /** Clock, timers, chance, sockets, signals and locks. @default those of this runtime */
  readonly environment?: Environment | undefined
}

export interface OutboxLimits {
  /**
   * Commands of one channel that may be on the wire without an answer, 100 at most. More than 1 is
   * faster, and reorders when the first is refused and the second is not: for bots that need no order.
   * @default 1
   */
  readonly pipeline?: number | undefined
  /** Most commands that wait, refused ones included (I7). @default 1 000 */
  readonly maxRows?: number | undefined
  /** Most bytes of encoded commands that wait (I7). @default 8 388 608 */
  readonly maxBytes?: number | undefined
}

const isSocketUrl = (url: unknown): boolean => {
  try {
    return typeof url === 'string' && /^wss?:$/.test(new URL(url).protocol)
  } catch {
    return false
  }
}

/** Throws `invalid_argument` naming the first option that cannot be used, and what is allowed. */
export function checkOptions(options: ClientOptions): void {
  const { url, getToken, userId, deviceId, storage, environment, ...more } = given(options)
  const { catchUp = 'recent', backgroundChannels = 0, attemptTimeoutMs, features = [] } = more
  const outbox = given(more.outbox, 'outbox')
  check('url', url, isSocketUrl(url), 'an address that begins with ws:// or wss://')
  check('getToken', getToken, isFunction(getToken), 'a function')
  for (const [name, id] of Object.entries({ userId, deviceId })) {
    if (id !== undefined) checkId(name, id)
  }
  const counts = {
    attemptTimeoutMs,
    'outbox.pipeline': outbox.pipeline,
    'outbox.maxRows': outbox.maxRows,
    'outbox.maxBytes': outbox.maxBytes,
  }
  for (const [name, count] of Object.entries(counts)) {
    check(name, count, count === undefined || isCount(count), 'an integer from 1')
  }
  check('catchUp', catchUp, catchUp === 'recent' || catchUp === 'all', `'recent' or 'all'`)
  const isBackground = isCount(backgroundChannels, 0)
  check('backgroundChannels', backgroundChannels, isBackground, 'an integer from 0')
  const known = storage === undefined || storage === 'memory' || isFunction(storage)
  check('storage', storage, known, `'memory' or a function that opens a storage`)
  const isKnown = !environment || isFunction(environment.openSocket)
  check('environment', environment, isKnown, 'an Environment')
  const areFeatures = Array.isArray(features) && features.every((one) => isFunction(one?.setup))
  check('features', features, areFeatures, 'a list of features')
}
