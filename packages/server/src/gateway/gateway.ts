import type { ServerEnvironment } from '../ports/environment.js'
import type { PushBatch, PushReceiver, Removal, SessionEnding } from '../ports/push.js'
import type {
  GatewaySocket,
  OutFrame,
  SocketListener,
  SocketRequest,
  SocketServer,
} from '../ports/socket.js'
import { Admission, type Refusal } from './admission.js'
import { Authentication } from './authentication.js'
import { Channels } from './channels.js'
import { Commands } from './commands.js'
import { Connections } from './connections.js'
import type { Core } from './core.js'
import { Delivery } from './delivery.js'
import { type DrainOptions, drain } from './drain.js'
import { EphemeralIn } from './ephemeral-in.js'
import { Heads } from './heads.js'
import { Incoming } from './incoming.js'
import { Lease } from './lease.js'
import { MembershipWatch } from './membership-watch.js'
import { type GatewayMetrics, NO_METRICS } from './metrics.js'
import {
  type GatewayOptions,
  type ResolvedGatewayOptions,
  resolveGatewayOptions,
} from './options.js'
import type { GatewayParts } from './parts.js'
import { OwnPresence } from './presence.js'
import { Pulled } from './pulled.js'
import { ReceiptsIn } from './receipts.js'
import { Repair } from './repair.js'
import { endSessions } from './session-ending.js'
import { SharedPages } from './shared-pages.js'
import { SlowReaders } from './slow-reader.js'
import { StorePages } from './store-pages.js'
import { StoreReader } from './store-reader.js'
import { encodeTextFrame } from './text-frame.js'
import { Users } from './users.js'

export type { Refusal } from './admission.js'
export type { DrainOptions } from './drain.js'
export type { GatewayMetrics } from './metrics.js'
export type { GatewayOptions } from './options.js'
export type { GatewayParts } from './parts.js'

/** Serves sockets: everything between a client and the pipeline. Real and simulated sockets alike. */
export interface Gateway extends PushReceiver, SocketServer {
  /** Resolves when it may serve; before, sockets are refused. Rejects when routes cannot be reached. Idempotent. */
  start(): Promise<void>
  endSessions(ending: SessionEnding): Promise<void>
  /** True if the user has a session here that is not idle: push notifications are for the others. */
  isPresent(userId: string): boolean
  /** Sends everybody away, paced; new sockets are refused with 4503. Resolves when no socket is left. */
  drain(options: DrainOptions): Promise<void>
  /** Ends at once: cuts off who is left, follows nothing any more, leaves no timer. Idempotent. */
  close(): Promise<void>
}

/** A gateway over its parts. Throws nothing; what goes wrong is told to `onError` and answered by a code. */
export function createGateway(parts: GatewayParts, options: GatewayOptions = {}): Gateway {
  return new EmbeddedGateway(parts, resolveGatewayOptions(options))
}

class EmbeddedGateway implements Core, Gateway {
  readonly environment: ServerEnvironment
  readonly metrics: GatewayMetrics
  readonly encodeFrame: (text: string) => OutFrame
  readonly authentication: Authentication
  readonly store: StoreReader
  readonly shared: SharedPages
  readonly pages: StorePages
  readonly admission: Admission
  readonly connections: Connections
  readonly lease: Lease = new Lease(this)
  readonly users = new Users()
  readonly channels: Channels = new Channels(this)
  readonly memberships: MembershipWatch = new MembershipWatch(this)
  readonly commands: Commands = new Commands(this)
  readonly incoming: Incoming = new Incoming(this)
  readonly delivery: Delivery = new Delivery(this)
  readonly slowReaders: SlowReaders = new SlowReaders(this)
  readonly pulled: Pulled = new Pulled(this)
  readonly repair: Repair = new Repair(this)
  readonly ephemeral: EphemeralIn = new EphemeralIn(this)
  readonly presence: OwnPresence = new OwnPresence(this)
  readonly receipts: ReceiptsIn = new ReceiptsIn(this)
  private readonly heads = new Heads(this)
  private starting: Promise<void> | undefined
  private closed = false

  constructor(
    readonly parts: GatewayParts,
    readonly options: ResolvedGatewayOptions,
  ) {
    this.environment = parts.environment
    this.metrics = parts.metrics ?? NO_METRICS
    this.encodeFrame = parts.encodeFrame ?? encodeTextFrame
    this.authentication = new Authentication(parts, options.helloTimeoutMs)
    this.store = new StoreReader(parts.environment, parts.store)
    this.shared = new SharedPages(this.store, parts.recent, this.metrics)
    this.pages = new StorePages(parts.environment, this.shared, options)
    this.admission = new Admission(this)
    this.connections = new Connections(this)
  }

  start(): Promise<void> {
    this.starting ??= this.begin()
    return this.starting
  }

  private async begin(): Promise<void> {
    this.memberships.start()
    await this.lease.start()
    this.heads.start()
  }

  admit(request: Pick<SocketRequest, 'remoteAddress'>): Refusal | undefined {
    return this.admission.check(request)
  }

  canExplain(): boolean {
    return this.admission.canExplain()
  }

  accept(
    socket: GatewaySocket,
    request: SocketRequest,
    admission?: { readonly admitted: true } | { readonly refusal: Refusal },
  ): SocketListener {
    const refusal =
      admission === undefined
        ? this.admission.check(request)
        : 'refusal' in admission
          ? admission.refusal
          : undefined
    return refusal === undefined
      ? this.connections.open(socket, request)
      : this.connections.explain(socket, refusal)
  }

  async checkToken(token: string, remoteAddress: string): Promise<Refusal | undefined> {
    const { admission } = this
    admission.entered.change(remoteAddress, 1)
    admission.unauthenticated.change(remoteAddress, 1)
    try {
      const authenticated = await this.authentication.checkInTime(token)
      return authenticated.ok ? admission.away() : authenticated.refusal
    } finally {
      admission.unauthenticated.change(remoteAddress, -1)
      admission.entered.change(remoteAddress, -1)
    }
  }

  receive(batch: PushBatch): void {
    this.incoming.receive(batch)
  }

  confirmRemoval(removal: Removal): Promise<void> {
    return this.memberships.confirmRemoval(removal)
  }

  endSessions(ending: SessionEnding): Promise<void> {
    return endSessions(this, ending)
  }

  endAll(why: Refusal): void {
    for (const connection of [...this.connections]) {
      const retryAfterMs = Math.ceil(this.environment.random() * 5_000)
      this.connections.refuse(connection, { retryAfterMs, ...why })
    }
  }

  isPresent(userId: string): boolean {
    const user = this.users.get(userId)
    if (user === undefined) return false
    return [...user.connections].some((connection) => !connection.idle)
  }

  drain(options: DrainOptions): Promise<void> {
    return drain(this, options)
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    this.admission.draining = true
    for (const connection of this.connections) connection.socket.terminate()
    await this.connections.empty()
    this.heads.stop()
    this.lease.stop()
    this.memberships.stop()
    this.slowReaders.stop()
    this.pulled.stop()
    this.channels.stop()
    this.repair.stop()
    this.presence.stop()
    await this.receipts.stop()
    await this.parts.routes
      .leave(this.parts.processId)
      .catch((error: unknown) => this.failed(error, 'leaving'))
  }

  failed(error: unknown, doing: string): void {
    this.parts.onError?.(error, doing)
  }
}
