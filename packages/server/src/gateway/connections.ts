import { CLOSE } from '@tidings/protocol'
import type { Identity } from '../auth/port.js'
import { DeadlineError } from '../environment/deadline.js'
import type { GatewaySocket, OutFrame, SocketListener, SocketRequest } from '../ports/socket.js'
import { closeCodeOf, type Refusal } from './admission.js'
import { Connection, type ConnectionOwner } from './connection.js'
import type { Core } from './core.js'
import { writeError } from './envelopes.js'
import { receive } from './inbound.js'
import { envelopeBurst } from './options.js'
import { isIdle, judge, nextLookMs } from './signs-of-life.js'
import { TimingWheel } from './timing-wheel.js'

/** All connections, from the upgrade to the end of the socket, and their signs of life. */
export class Connections implements ConnectionOwner {
  private readonly byId = new Map<string, Connection>()
  private readonly wheel: TimingWheel<Connection>
  private onEmpty: (() => void) | undefined

  constructor(private readonly core: Core) {
    this.wheel = new TimingWheel(core.environment, (connection) => this.look(connection))
  }

  /** Sockets that have not ended, those that are being closed included. */
  get size(): number {
    return this.byId.size
  }

  get(id: string): Connection | undefined {
    return this.byId.get(id)
  }

  [Symbol.iterator](): IterableIterator<Connection> {
    return this.byId.values()
  }

  open(socket: GatewaySocket, request: SocketRequest): SocketListener {
    const { core } = this
    const { environment, options, metrics, admission } = core
    const { token, remoteAddress } = request
    const id = environment.randomId()
    const connection = new Connection(
      id,
      socket,
      remoteAddress,
      this,
      options.helloTimeoutMs,
      token,
    )
    connection.tokens = envelopeBurst(options.frameRatePerS)
    this.byId.set(id, connection)
    admission.entered.change(remoteAddress, 1)
    admission.unauthenticated.change(remoteAddress, 1)
    metrics.opened()
    metrics.connections(this.byId.size)
    this.wheel.schedule(connection, options.helloTimeoutMs)
    if (token !== undefined && connection.greeting !== undefined) {
      connection.greeting.authenticated = core.authentication.check(token)
      void this.refuseInvalid(connection, connection.greeting.authenticated)
    }
    return connection
  }

  /** Says why a socket is not served, and closes it (P-76). */
  explain(socket: GatewaySocket, refusal: Refusal): SocketListener {
    const { admission, metrics } = this.core
    admission.explaining(1)
    metrics.refusedConnection(refusal.code)
    socket.write(this.core.encodeFrame(writeError(refusal.code, refusal)))
    socket.close(closeCodeOf(refusal.code), refusal.code)
    return {
      message: () => undefined,
      pong: () => undefined,
      closed: () => admission.explaining(-1),
    }
  }

  /** Ends a connection with an error that says why. */
  refuse(connection: Connection, refusal: Refusal, code = closeCodeOf(refusal.code)): void {
    if (connection.state === 'closed') return
    if (connection.state !== 'live') this.core.metrics.refusedConnection(refusal.code)
    connection.tell(writeError(refusal.code, refusal))
    this.close(connection, code, refusal.code)
  }

  /** Writes what waits, and ends the connection: from here on it gets nothing more. */
  close(connection: Connection, code: number, reason: string): void {
    if (connection.state === 'closed') return
    connection.flush()
    this.leave(connection)
    connection.socket.close(code, reason)
  }

  /** It is known who this is. */
  identified(connection: Connection, identity: Identity): void {
    this.known(connection)
    connection.identity = identity
    connection.helloBy = Number.POSITIVE_INFINITY
    const { environment } = this.core
    // the end of the token on the clock that nobody sets
    connection.expiresAt =
      identity.expiresAt === undefined
        ? Number.POSITIVE_INFINITY
        : environment.monotonicNow() + identity.expiresAt - environment.now()
    this.plan(connection)
  }

  /** Its hello is answered. */
  greeted(connection: Connection): void {
    connection.state = 'live'
    connection.greeting = undefined
    this.core.presence.changed(connection.user)
  }

  /** Resolves when the last socket has ended. */
  async empty(): Promise<void> {
    if (this.byId.size === 0) return
    await new Promise<void>((resolve) => {
      this.onEmpty = resolve
    })
  }

  received(connection: Connection, text: string, byteLength: number): void {
    if (connection.state === 'closed') return
    const now = this.core.environment.monotonicNow()
    connection.seenAt = now
    connection.frameAt = now
    connection.probed = false
    if (connection.idle) {
      connection.idle = false
      this.core.presence.changed(connection.user)
    }
    receive(this.core, connection, text, byteLength)
  }

  ended(connection: Connection, code: number): void {
    if (!this.byId.delete(connection.id)) return
    this.leave(connection)
    this.core.admission.entered.change(connection.remoteAddress, -1)
    this.core.metrics.closed(code)
    this.core.metrics.connections(this.byId.size)
    if (this.byId.size === 0) this.onEmpty?.()
  }

  dirtied(connection: Connection): void {
    this.core.delivery.dirtied(connection)
  }

  encodeFrame(text: string): OutFrame {
    return this.core.encodeFrame(text)
  }

  monotonicNow(): number {
    return this.core.environment.monotonicNow()
  }

  private async refuseInvalid(
    connection: Connection,
    check: NonNullable<Connection['greeting']>['authenticated'],
  ): Promise<void> {
    const authenticated = await check
    // once its hello is there, that answers
    if (connection.state !== 'new' || authenticated === undefined || authenticated.ok) return
    this.refuse(connection, authenticated.refusal)
  }

  /** It counts no longer among those that have not said who they are. */
  private known({ identity, remoteAddress }: Connection): void {
    if (identity === undefined) this.core.admission.unauthenticated.change(remoteAddress, -1)
  }

  private leave(connection: Connection): void {
    if (connection.state === 'closed') return
    this.known(connection)
    connection.state = 'closed'
    connection.greeting = undefined
    connection.unanswered = undefined
    connection.discard()
    this.wheel.cancel(connection)
    this.core.slowReaders.release(connection)
    const now = this.monotonicNow()
    for (const channel of connection.channels) channel.unfollow(connection, now)
    this.core.users.release(connection)
    this.core.presence.changed(connection.user)
  }

  /** The wheel came by: does what is due, and plans the next look. */
  private look(connection: Connection): void {
    const { options } = this.core
    const now = this.monotonicNow()
    switch (judge(connection, options, now)) {
      case 'expired':
        this.refuse(connection, { code: 'token_expired' })
        return
      case 'no_hello':
        this.refuseLate(connection)
        return
      case 'silent':
        this.close(connection, CLOSE.goingAway, 'no sign of life')
        return
      case 'probe':
        connection.probed = true
        connection.socket.ping()
    }
    if (!connection.idle && isIdle(connection, options, now)) {
      connection.idle = true
      this.core.presence.changed(connection.user)
    }
    this.plan(connection)
  }

  /** No verdict on a token is none against it: its client keeps it, and comes back. */
  private refuseLate(connection: Connection): void {
    const { helloTimeoutMs } = this.core.options
    if (connection.state === 'new') {
      const message = `No hello with a token came within ${helloTimeoutMs} ms.`
      this.refuse(connection, { code: 'unauthorized', message })
      return
    }
    this.core.failed(new DeadlineError(`took longer than ${helloTimeoutMs} ms`), 'authenticating')
    this.refuse(connection, { code: 'unavailable', retryAfterMs: 1_000 })
  }

  private plan(connection: Connection): void {
    if (connection.state === 'closed') return
    this.wheel.schedule(connection, nextLookMs(connection, this.core.options, this.monotonicNow()))
  }
}
