import { type ChannelSync, type Channels, createChannelSync } from './channel/sync.js'
import type { Channel } from './channel.js'
import { type ClientOutbox, createClientOutbox } from './client-outbox.js'
import { type ClientConnection, createConnection } from './connection/connection.js'
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
import type { Outbox } from './outbox/port.js'
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
  const { storage, features } = options
  const environment = options.environment ?? runtime.environment(options.WebSocket)
  const openStorage =
    storage === 'memory' ? createMemoryStorage() : (storage ?? runtime.storage(environment))
  const client = new TidingsClient(environment, openStorage, options)
  setUpFeatures(client, features ?? [], client.context)
  return client as unknown as Client<F>
}

class TidingsClient implements BaseClient {
  readonly #environment: Environment
  readonly #connection: ClientConnection
  readonly #sync: ChannelSync
  readonly #outbox: Outbox
  readonly #emitter = new Emitter<ClientEvents>()
  readonly #cleanUps: (() => void)[] = []
  readonly #closed: Promise<void>
  readonly outbox: ClientOutbox

  constructor(environment: Environment, storage: OpenOutboxStorage, options: ClientOptions) {
    const { url, getToken, userId, autoConnect = true, features = [] } = options
    this.#environment = environment
    const connection = createConnection(environment, {
      url,
      getToken,
      userId,
      deviceId: options.deviceId ?? deviceIdOf(environment, options.storage !== 'memory'),
      capabilities: features.flatMap(({ capabilities = [] }) => capabilities),
      attemptTimeoutMs: options.attemptTimeoutMs ?? 15_000,
      positions: () => this.#sync.positions(),
    })
    this.#connection = connection
    this.#outbox = createOutbox(connection, environment, storage, {
      ...options.outbox,
      url,
      userId,
    })
    this.#sync = createChannelSync(connection, environment, this.#outbox, options)
    this.outbox = createClientOutbox(this.#outbox)
    this.#closed = new Promise((resolve) => {
      connection.on('state', (current, previous) => {
        const change = statusChange(current, previous)
        if (change !== undefined) this.#emitter.emit('status', change)
        if (current.name === 'closed') resolve(this.#end(current.error))
      })
    })
    // Not at once: who closes it in the same turn, as React does when it mounts twice, has not
    // asked for a token.
    if (autoConnect) void Promise.resolve().then(() => this.connect())
  }

  get status(): Status {
    return statusOf(this.#connection.state)
  }

  get reason(): TidingsError | undefined {
    return this.#connection.state.error
  }

  get userId(): string | undefined {
    return this.#connection.state.userId
  }

  get channels(): Channels {
    return this.#sync.channels
  }

  get context() {
    return {
      connection: this.#connection,
      environment: this.#environment,
      userId: () => this.userId,
      onClose: (cleanUp: () => void) => void this.#cleanUps.push(cleanUp),
    }
  }

  on<E extends keyof ClientEvents>(
    event: E,
    listener: ClientEvents[E],
    options?: ListenOptions,
  ): () => void {
    return this.#emitter.on(event, listener, options)
  }

  connect(): void {
    this.#connection.dispatch({ type: 'connect' })
  }

  channel(channelId: string): Channel {
    return this.#sync.channel(channelId)
  }

  drain(options?: DrainOptions): Promise<void> {
    return this.#outbox.drain(options)
  }

  close(): Promise<void> {
    const error = new TidingsError('closed', 'close() was called.')
    this.#connection.dispatch({ type: 'close', error })
    return this.#closed
  }

  unref(): void {
    this.#environment.unref?.()
  }

  trace(): readonly TraceEntry[] {
    return this.#connection.trace()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Whatever closed the connection for good, ends the rest with it. */
  async #end(error: TidingsError | undefined): Promise<void> {
    for (const cleanUp of this.#cleanUps.splice(0)) cleanUp()
    this.#sync.close()
    await this.#outbox.close(error?.code === 'user_changed' ? 'user_changed' : 'closed')
    this.#emitter.clear()
  }
}
