import { type Channels, createChannelSync } from './channel/sync.js'
import type { Channel } from './channel.js'
import { type ClientOutbox, createClientOutbox } from './client-outbox.js'
import { createConnection } from './connection/connection.js'
import type { TraceEntry } from './connection/trace.js'
import { deviceIdOf } from './device-id.js'
import { Emitter, type ListenOptions } from './emitter.js'
import type { Environment } from './environment/port.js'
import type { WebSocketConstructor } from './environment/web-socket.js'
import { TidingsError } from './errors.js'
import type { Feature, FeatureApis } from './features/feature.js'
import { setUpFeatures } from './features/set-up.js'
import { type ClientOptions, checkOptions } from './options.js'
import type { DrainOptions } from './outbox/drains.js'
import { createOutbox } from './outbox/outbox.js'
import { type Status, type StatusChange, statusChange, statusOf } from './status.js'
import { createMemoryStorage } from './storage/memory.js'
import type { OpenOutboxStorage } from './storage/port.js'

export interface ClientEvents {
  status(change: StatusChange): void
}

/** What every client has; features add their own. */
export interface BaseClient extends AsyncDisposable {
  readonly status: Status
  /** What ended the last attempt or connection. */
  readonly reason: TidingsError | undefined
  /** Who this is; undefined until the first connection says it, unless `userId` was given. */
  readonly userId: string | undefined
  on<E extends keyof ClientEvents>(
    event: E,
    listener: ClientEvents[E],
    options?: ListenOptions,
  ): () => void
  /** Connects, where `autoConnect` is off or a retry is awaited. Ignored where it cannot help. */
  connect(): void
  /** The one handle of a channel; makes no round trip. Throws `invalid_argument` for a wrong id. */
  channel(channelId: string): Channel
  /** The channels of this user. */
  readonly channels: Channels
  /** What is not acknowledged yet. */
  readonly outbox: ClientOutbox
  /**
   * Resolves when nothing waits to be sent any more; refused commands do not count. Rejects with
   * `timeout` after `timeoutMs`, with `aborted` or `closed`.
   */
  drain(options?: DrainOptions): Promise<void>
  /**
   * Ends the client for good and leaves no timer, socket, lock or listener (I9). What was not
   * acknowledged stays stored for the next client of this user; its promises reject with `closed`.
   */
  close(): Promise<void>
  /** From now on this client does not keep the Node process alive. Does nothing elsewhere. */
  unref(): void
  /** The last 256 transitions and envelopes, without texts and tokens: for a report. */
  trace(): readonly TraceEntry[]
}

export type Client<F extends readonly Feature[] = readonly []> = BaseClient & FeatureApis<F>

/** What a runtime brings along. */
export interface Runtime {
  environment(WebSocketClass: WebSocketConstructor | undefined): Environment
  storage(environment: Environment): OpenOutboxStorage
}

/** Checks the options and puts the parts together, with the defaults of a runtime. */
export function createClientIn<const F extends readonly Feature[] = readonly []>(
  runtime: Runtime,
  options: ClientOptions<F>,
): Client<F> {
  checkOptions(options)
  const { url, getToken, autoConnect = true, features = [] } = options
  const environment = options.environment ?? runtime.environment(options.WebSocket)
  const storage =
    options.storage === 'memory'
      ? createMemoryStorage()
      : (options.storage ?? runtime.storage(environment))
  const emitter = new Emitter<ClientEvents>()
  const cleanUps: (() => void)[] = []

  const connection = createConnection(environment, {
    url,
    getToken,
    userId: options.userId,
    deviceId: options.deviceId ?? deviceIdOf(environment, options.storage !== 'memory'),
    capabilities: features.flatMap(({ capabilities = [] }) => capabilities),
    frames: Object.assign({}, ...features.map(({ frames }) => frames)),
    attemptTimeoutMs: options.attemptTimeoutMs ?? 15_000,
    positions: () => sync.positions(),
  })
  const outbox = createOutbox(connection, environment, storage, {
    ...options.outbox,
    url,
    userId: options.userId,
  })
  const sync = createChannelSync(connection, environment, outbox, options)

  /** Whatever closed the connection for good, ends the rest with it. */
  const end = async (error: TidingsError | undefined): Promise<void> => {
    for (const cleanUp of cleanUps.splice(0)) cleanUp()
    sync.close()
    await outbox.close(error?.code === 'user_changed' ? 'user_changed' : 'closed')
    emitter.clear()
  }
  const closed = new Promise<void>((resolve) => {
    connection.on('state', (current, previous) => {
      const change = statusChange(current, previous)
      if (change !== undefined) emitter.emit('status', change)
      if (current.name === 'closed') resolve(end(current.error))
    })
  })

  const connect = (): void => connection.dispatch({ type: 'connect' })
  const userId = (): string | undefined => connection.state.userId
  const close = (): Promise<void> => {
    const error = new TidingsError('closed', 'close() was called.')
    connection.dispatch({ type: 'close', error })
    // Within a turn the rest follows at its end: what is still on its way to listeners is not told.
    sync.close()
    return closed
  }

  const client: BaseClient = {
    get status() {
      return statusOf(connection.state)
    },
    get reason() {
      return connection.state.error
    },
    get userId() {
      return userId()
    },
    on: (event, listener, listenOptions) => emitter.on(event, listener, listenOptions),
    connect,
    channel: sync.channel,
    channels: sync.channels,
    outbox: createClientOutbox(outbox),
    drain: outbox.drain,
    close,
    unref: () => environment.unref?.(),
    trace: connection.trace,
    [Symbol.asyncDispose]: close,
  }
  // Not at once: who closes it in the same turn, as React does when it mounts twice, has not asked
  // for a token.
  if (autoConnect) void Promise.resolve().then(connect)
  const onClose = (cleanUp: () => void): void => void cleanUps.push(cleanUp)
  const { markRead } = sync
  try {
    setUpFeatures(client, features, { client, connection, environment, userId, markRead, onClose })
  } catch (error) {
    // Nobody else could: what throws gives no client back.
    void close()
    throw error
  }
  return client as Client<F>
}
