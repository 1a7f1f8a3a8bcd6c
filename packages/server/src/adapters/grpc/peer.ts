import { Client, type ClientDuplexStream, type ServiceError, status } from '@grpc/grpc-js'
import type { ServerEnvironment } from '../../ports/environment.js'
import type { PushBatch } from '../../ports/push.js'
import { Circuit, type CircuitOptions } from './circuit.js'
import { type BusSecurity, callMetadata, clientCredentials } from './credentials.js'
import { isEmpty, shed } from './ephemeral.js'
import type * as wire from './generated/tidings/bus/v1/bus.js'
import { BusService } from './generated/tidings/bus/v1/bus.js'
import { toWire } from './messages.js'
import { Outstanding } from './outstanding.js'
import { type SizedBatch, splitBatch } from './split.js'

export const MAX_WAITING_BYTES = 16 * 1024 * 1024

export interface PeerLimits extends CircuitOptions {
  /** A push that is not taken by then counts as failed. @default 50 */
  readonly deadlineMs?: number
  /** How long the first answer of a new stream may take. @default 1,000 */
  readonly connectTimeoutMs?: number
  /** Bytes written for one process and not taken yet; more is dropped, with a count (I7). @default 16 MiB */
  readonly maxWaitingBytes?: number
  /** The same in pushes. @default 20,000 */
  readonly maxWaitingPushes?: number
  /** Largest message, in bytes; a larger batch goes in several. @default 1 MiB */
  readonly maxMessageBytes?: number
  /** How long a call that is no push may take. @default 5,000 */
  readonly callTimeoutMs?: number
}

export interface PeerOptions extends PeerLimits {
  readonly environment: ServerEnvironment
  readonly processId: string
  readonly address: string
  readonly security: BusSecurity
  /** A push was given up before it was sent. */
  readonly onDropped: (why: 'full' | 'open') => void
  readonly onCircuit: (isOpen: boolean) => void
  /** The address answers and says that the process is not there. */
  readonly onGone: () => void
}

/** The process answered, and could not do what it was asked. */
export class PeerRefused extends Error {
  override readonly name = 'PeerRefused'
}

type PushCall = ClientDuplexStream<wire.PushEventsRequest, wire.PushEventsResponse>

interface PushStream {
  readonly call: PushCall
  readonly openedAt: number
  readonly outstanding: Outstanding
  number: number
  /** When the other side began to listen; undefined: it has not yet. */
  readyAt: number | undefined
}

/** What one process knows of another: how to reach it, what it has not taken yet, and whether to try at all. */
export class Peer {
  readonly address: string
  readonly #client: Client
  readonly #circuit: Circuit
  readonly #limits: Required<Omit<PeerLimits, keyof CircuitOptions>>
  #stream: PushStream | undefined
  #timer: unknown
  #failedAt = Number.NEGATIVE_INFINITY
  #isClosed = false

  constructor(private readonly options: PeerOptions) {
    this.address = options.address
    this.#circuit = new Circuit(options)
    this.#limits = {
      deadlineMs: options.deadlineMs ?? 50,
      connectTimeoutMs: options.connectTimeoutMs ?? 1_000,
      maxWaitingBytes: options.maxWaitingBytes ?? MAX_WAITING_BYTES,
      maxWaitingPushes: options.maxWaitingPushes ?? 20_000,
      maxMessageBytes: options.maxMessageBytes ?? 1024 * 1024,
      callTimeoutMs: options.callTimeoutMs ?? 5_000,
    }
    this.#client = new Client(options.address, clientCredentials(options.security), {
      'grpc.enable_http_proxy': 0,
      'grpc.enable_retries': 0,
      'grpc.service_config_disable_resolution': 1,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': 3_000,
    })
  }

  /** Connects ahead of the first push. */
  connect(): void {
    if (!this.#circuit.isOpen) this.#open()
  }

  /** Resolves when the process took it; rejects when nobody knows, or when it was not even sent. */
  async push(batch: PushBatch): Promise<void> {
    if (!this.#circuit.admits(this.#now())) return this.#drop(batch, 'open')
    // a try goes its own way: what was written before was not answered in all this time
    if (this.#circuit.isOpen) this.#end(this.#notTaken())
    const kept = shed(batch, this.#load())
    if (kept !== batch) {
      if (isEmpty(kept)) return this.#drop(batch, 'full')
      this.options.onDropped('full')
    }
    const parts = splitBatch(kept, this.#limits.maxMessageBytes)
    await Promise.all(parts.map((part) => this.#send(part)))
  }

  /** R13: resolves to false when the process is not there any more. Rejects with PeerRefused when it could not. */
  async confirmRemoval(request: wire.ConfirmRemovalRequest): Promise<boolean> {
    return this.#call(BusService.confirmRemoval, request)
  }

  /** The same for memberships (I8). */
  async invalidate(request: wire.InvalidateMembershipsRequest): Promise<boolean> {
    return this.#call(BusService.invalidateMemberships, request)
  }

  async endSessions(request: wire.EndSessionsRequest): Promise<boolean> {
    return this.#call(BusService.endSessions, request)
  }

  close(): void {
    this.#isClosed = true
    // who is gone is not one that does not take its pushes
    if (this.#circuit.isOpen) this.options.onCircuit(false)
    this.#end(new Error(`process ${this.options.processId} is gone`))
    this.#client.close()
  }

  /** The used share of what may wait. */
  #load(): number {
    const outstanding = this.#stream?.outstanding
    if (outstanding === undefined) return 0
    const { maxWaitingBytes, maxWaitingPushes } = this.#limits
    return Math.max(outstanding.bytes / maxWaitingBytes, outstanding.size / maxWaitingPushes)
  }

  #drop(batch: PushBatch, why: 'full' | 'open'): never {
    this.options.onDropped(why)
    const { processId } = this.options
    const reason = why === 'full' ? 'takes its pushes too slowly' : 'did not take its last pushes'
    throw new Error(
      `process ${processId} ${reason}: ${batch.channels.length} channels and ${batch.answers.length} answers were left out`,
    )
  }

  #send({ batch, bytes }: SizedBatch): Promise<void> {
    const stream = this.#open()
    const { outstanding } = stream
    const { maxWaitingBytes, maxWaitingPushes } = this.#limits
    if (outstanding.bytes + bytes > maxWaitingBytes || outstanding.size >= maxWaitingPushes) {
      this.#drop(batch, 'full')
    }
    stream.number += 1
    const { number } = stream
    return new Promise((resolve, reject) => {
      outstanding.add(number, bytes, this.#now(), (error) =>
        error === undefined ? resolve() : reject(error),
      )
      stream.call.write({ number, ...toWire(batch) })
      this.#arm()
    })
  }

  #open(): PushStream {
    if (this.#isClosed) throw new Error(`process ${this.options.processId} is gone`)
    if (this.#stream !== undefined) return this.#stream
    const { path, requestSerialize, responseDeserialize } = BusService.pushEvents
    const metadata = callMetadata(this.options.security, this.options.processId)
    const call = this.#client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      metadata,
    )
    const stream: PushStream = {
      call,
      openedAt: this.#now(),
      outstanding: new Outstanding(),
      number: 0,
      readyAt: undefined,
    }
    this.#stream = stream
    call.on('metadata', () => {
      stream.readyAt = this.#now()
    })
    call.on('data', ({ taken, failed }) => {
      stream.outstanding.taken(taken, failed)
      if (this.#circuit.isOpen) this.options.onCircuit(false)
      this.#circuit.succeeded()
    })
    call.on('error', (error: ServiceError) => this.#ended(stream, error))
    call.on('end', () => this.#ended(stream, undefined))
    return stream
  }

  /** The other side, or the way to it, ended a stream. */
  #ended(stream: PushStream, error: ServiceError | undefined): void {
    if (this.#stream !== stream) return
    const had = stream.outstanding.size > 0
    if (had) this.#failed()
    if (this.#stream === stream) this.#end(error ?? new Error('the process ended the stream'))
    if (error?.code === status.NOT_FOUND) this.options.onGone()
  }

  #end(error: Error): void {
    this.options.environment.clearTimer(this.#timer)
    this.#timer = undefined
    const stream = this.#stream
    this.#stream = undefined
    if (stream === undefined) return
    stream.outstanding.clear(error)
    // what a cancelled call still says is of no interest
    stream.call.cancel()
  }

  /** The stream stays: who only stood still for a moment answers on it, and is pushed to again at once. */
  #failed(): void {
    this.#failedAt = this.#now()
    if (this.#circuit.failed(this.#failedAt)) this.options.onCircuit(true)
  }

  #notTaken(): Error {
    return new Error(`process ${this.options.processId} did not take its last pushes`)
  }

  /** When the oldest push is too old. Those of one moment are one failure: the next comes a deadline later. */
  #dueAt(): number | undefined {
    const stream = this.#stream
    const oldest = stream?.outstanding.oldestSentAt()
    if (stream === undefined || oldest === undefined) return undefined
    if (stream.readyAt === undefined) return stream.openedAt + this.#limits.connectTimeoutMs
    return Math.max(oldest, stream.readyAt, this.#failedAt) + this.#limits.deadlineMs
  }

  #arm(): void {
    if (this.#timer !== undefined) return
    const dueAt = this.#dueAt()
    if (dueAt === undefined) return
    const { environment } = this.options
    this.#timer = environment.setTimer(
      () => {
        // this process may have been the slow one: what has arrived meanwhile is read first
        environment.nextTurn(() => this.#check())
      },
      Math.max(1, dueAt - this.#now()),
    )
  }

  #check(): void {
    this.#timer = undefined
    const dueAt = this.#dueAt()
    const now = this.#now()
    if (dueAt !== undefined && dueAt <= now) {
      const { processId } = this.options
      const late = new Error(`process ${processId} did not take a push in time`)
      const { deadlineMs } = this.#limits
      this.#stream?.outstanding.giveUp(now - deadlineMs, late)
      this.#failed()
    }
    this.#arm()
  }

  #call<Q, A>(
    method: {
      readonly path: string
      readonly requestSerialize: (request: Q) => Buffer
      readonly responseDeserialize: (bytes: Buffer) => A
    },
    request: Q,
  ): Promise<boolean> {
    const { processId, security } = this.options
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        callMetadata(security, processId),
        { deadline: this.options.environment.now() + this.#limits.callTimeoutMs },
        (error) => {
          if (error === null) resolve(true)
          else if (error.code === status.NOT_FOUND) resolve(false)
          else if (
            error.code === status.FAILED_PRECONDITION ||
            error.code === status.UNAUTHENTICATED
          )
            reject(new PeerRefused(`process ${processId}: ${error.details}`))
          else reject(error)
        },
      )
    })
  }

  #now(): number {
    return this.options.environment.monotonicNow()
  }
}
