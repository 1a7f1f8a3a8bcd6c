import type { ClientFrame, ServerFrame } from '@tidings/protocol'
import { CLOSE, LIMITS, SUBPROTOCOL } from '@tidings/protocol'
import { Emitter } from '../emitter.js'
import type { Environment } from '../environment/port.js'
import { errorOfFrame, TidingsError } from '../errors.js'
import { type Heartbeat, startHeartbeat } from '../heartbeat/heartbeat.js'
import { type Activity, activitiesOf } from './activities.js'
import { type GuardedFrame, readFrames } from './guard.js'
import { buildHello, type Position } from './hello.js'
import { step } from './machine.js'
import type { Connection, ConnectionEvents } from './port.js'
import { type RequestOptions, Requests } from './requests.js'
import { initialState, type MachineEvent, type State } from './states.js'
import { askToken, type GetToken } from './token.js'
import { Trace, type TraceEntry } from './trace.js'
import { TurnWriter } from './writer.js'

export interface ConnectionOptions {
  readonly url: string
  readonly getToken: GetToken
  /** The only user this connection may be of; else the first that `hello_ack` names. */
  readonly userId?: string | undefined
  readonly deviceId: string
  readonly capabilities: readonly string[]
  /** Longest time for each of token, socket and greeting, in milliseconds. */
  readonly attemptTimeoutMs: number
  /** How far each channel is held; most recently used first. Asked before each `hello`. */
  readonly positions: () => Iterable<Position>
}

/** What the client's own parts see besides the port. */
export interface InnerEvents extends ConnectionEvents {
  state(current: State, previous: State): void
}

const MAX_TIMER_MS = 2 ** 31 - 1
/** Nothing is added while this much waits for the network (I7). */
const BUFFER_MAX_BYTES = 1024 * 1024

/** A limit that the server stated, or the protocol's own where it stated nonsense. */
const positive = (value: unknown, fallback: number): number =>
  typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY ? value : fallback

/**
 * Drives the machine: runs the activities of its state, turns what they bring into its events, one
 * at a time, and hands frames on. I9: once closed, nothing of it remains.
 */
export class ClientConnection implements Connection {
  readonly #environment: Environment
  readonly #options: ConnectionOptions
  readonly #emitter = new Emitter<InnerEvents>()
  readonly #trace = new Trace()
  readonly #requests: Requests
  readonly #running = new Map<string, () => void>()
  readonly #events: MachineEvent[] = []
  readonly #inputs: (() => void)[] = []
  #busy = false
  #state: State
  #session = 0
  #serverSkewMs: number | undefined
  #write: (text: string) => void = () => {}
  #isFull: () => boolean = () => false
  #writer: TurnWriter | undefined
  #heartbeat: Heartbeat | undefined
  #closeCode: number | undefined
  /** Envelopes that were not understood and take no number in a channel. */
  ignoredFrames = 0

  constructor(environment: Environment, options: ConnectionOptions) {
    this.#environment = environment
    this.#options = options
    this.#state = initialState(options.userId)
    this.#requests = new Requests(environment, (frame) => this.send(frame))
    const offSignals = environment.onSignal((signal) => {
      if (signal === 'pagehide') this.dispatch({ type: 'suspend' })
      else if (signal === 'pageshow') this.dispatch({ type: 'restore' })
      else if (signal === 'online' || signal === 'visible' || signal === 'resume') {
        this.dispatch({ type: 'wake' })
      }
      this.#heartbeat?.signal(signal)
    })
    this.on('state', ({ name }) => {
      if (name === 'closed') offSignals()
    })
  }

  get state(): State {
    return this.#state
  }

  get canSend(): boolean {
    return this.#state.name === 'connected'
  }

  get session(): number {
    return this.#session
  }

  /** The last things that happened, oldest first. */
  trace(): readonly TraceEntry[] {
    return this.#trace.entries()
  }

  serverNow(): number | undefined {
    const skewMs = this.#serverSkewMs
    return skewMs === undefined ? undefined : this.#environment.monotonicNow() + skewMs
  }

  on<E extends keyof InnerEvents>(event: E, listener: InnerEvents[E]): () => void {
    return this.#emitter.on(event, listener)
  }

  send(frame: ClientFrame): boolean {
    if (!this.canSend || this.#writer === undefined || this.#isFull()) return false
    this.#trace.frame(this.#environment.monotonicNow(), 'out', frame)
    this.#writer.add(frame)
    return true
  }

  request(frame: ClientFrame, options?: RequestOptions): Promise<ServerFrame> {
    return this.#requests.request(frame, options)
  }

  /** Tells the machine what happened. */
  dispatch(event: MachineEvent): void {
    this.#events.push(event)
    this.#work()
  }

  /** A thing from the socket waits until all that the ones before it caused is done. */
  #inTurn(input: () => void): void {
    this.#inputs.push(input)
    this.#work()
  }

  #work(): void {
    if (this.#busy) return
    this.#busy = true
    try {
      for (;;) {
        const event = this.#events.shift()
        const input = event === undefined ? this.#inputs.shift() : undefined
        if (event !== undefined) this.#step(event)
        else if (input !== undefined) input()
        else return
      }
    } finally {
      this.#busy = false
    }
  }

  #step(event: MachineEvent): void {
    const nowMs = this.#environment.monotonicNow()
    this.#move(step(this.#state, event, { nowMs, chance: this.#environment.random() }))
  }

  #move(next: State): void {
    const previous = this.#state
    if (next === previous) return
    this.#state = next
    const activities = activitiesOf(next, this.#options.attemptTimeoutMs)
    const wanted = new Set(activities.map(({ key }) => key))
    for (const [key, end] of [...this.#running].reverse()) {
      if (wanted.has(key)) continue
      this.#running.delete(key)
      end()
    }
    if (next.name === previous.name) {
      this.#startMissing(activities)
      return
    }
    const atMs = this.#environment.monotonicNow()
    this.#trace.add({ atMs, what: 'state', type: next.name, code: next.error?.code })
    if (previous.name === 'connected') this.#lose()
    if (next.name === 'connected') this.#gain(next)
    this.#startMissing(activities)
    if (next.name === 'connected') this.#emitter.emit('connected', next.ack, this.#session)
    this.#emitter.emit('state', next, previous)
  }

  #startMissing(activities: readonly Activity[]): void {
    for (const activity of activities) {
      if (!this.#running.has(activity.key)) this.#running.set(activity.key, this.#start(activity))
    }
  }

  #gain({ ack }: State & { name: 'connected' }): void {
    this.#session += 1
    this.#closeCode = undefined
    this.#serverSkewMs = ack.server_ts - this.#environment.monotonicNow()
    const { client_frame_max_bytes, envelopes_per_frame_max } = ack.limits
    this.#writer = new TurnWriter(this.#write, {
      frameMaxBytes: positive(client_frame_max_bytes, LIMITS.clientFrameMaxBytes),
      envelopesMax: positive(envelopes_per_frame_max, LIMITS.envelopesPerFrameMax),
    })
  }

  #lose(): void {
    this.#writer?.drop()
    this.#writer = undefined
    this.#emitter.emit('disconnected', this.#session, this.#closeCode)
  }

  /** Starts one activity; returns its clean-up. */
  #start(activity: Activity): () => void {
    switch (activity.kind) {
      case 'timer':
        return this.#timer(activity.delayMs, () => this.dispatch(activity.event))
      case 'ask_token':
        return this.#askToken()
      case 'renew_token':
        return this.#renewToken(activity.atMs)
      case 'socket':
        return this.#openSocket()
      case 'greet':
        return this.#greet()
      case 'heartbeat':
        return this.#beat()
    }
  }

  #timer(delayMs: number, callback: () => void): () => void {
    const handle = this.#environment.setTimer(callback, Math.min(delayMs, MAX_TIMER_MS))
    return () => this.#environment.clearTimer(handle)
  }

  #askToken(): () => void {
    return askToken(
      this.#options.getToken,
      this.#state.askReason,
      (token) => this.dispatch({ type: 'token', token }),
      (error) => this.dispatch({ type: 'token_failed', error }),
    )
  }

  /** In place: the new token goes over the open connection. */
  #renewToken(atMs: number): () => void {
    let end = this.#timer(atMs - this.#environment.monotonicNow(), () => {
      end = askToken(
        this.#options.getToken,
        'refresh',
        (token) => void this.#sendToken(token),
        (error) => this.dispatch({ type: 'token_failed', error }),
      )
    })
    return () => end()
  }

  async #sendToken(token: string): Promise<void> {
    try {
      const answer = await this.request({ type: 'auth.refresh', token })
      if (answer.type !== 'auth.refreshed') return
      this.dispatch({ type: 'refreshed', token, expiresInMs: answer.token_expires_in_ms })
    } catch (cause) {
      const error = TidingsError.from(cause)
      // The server's verdict on a token is the reason of the close that follows it.
      if (error.outcome === 'rejected') this.dispatch({ type: 'refused', error })
      this.dispatch({ type: 'token_failed', error })
    }
  }

  #openSocket(): () => void {
    let live = true
    const inTurn = (task: () => void): void =>
      this.#inTurn(() => {
        if (live) task()
      })
    const socket = this.#environment.openSocket(this.#options.url, [SUBPROTOCOL], {
      opened: (protocol) => inTurn(() => this.dispatch({ type: 'opened', protocol })),
      message: (text) => inTurn(() => this.#read(text, () => live)),
      closed: (code, reason) =>
        inTurn(() => {
          this.#closeCode = code
          this.dispatch({ type: 'ended', code, reason })
        }),
    })
    this.#write = (text) => {
      if (live) socket.send(text)
    }
    this.#isFull = () => socket.bufferedBytes() > BUFFER_MAX_BYTES
    return () => {
      live = false
      socket.close(CLOSE.normal, '')
      this.#requests.rejectAll()
    }
  }

  #greet(): () => void {
    const { deviceId, capabilities, positions } = this.#options
    const { token = '' } = this.#state
    this.#write(
      JSON.stringify(buildHello({ token, deviceId, capabilities, positions: positions() })),
    )
    return () => {}
  }

  #beat(): () => void {
    const limits = this.#state.name === 'connected' ? this.#state.ack.limits : undefined
    const heartbeat = startHeartbeat(this.#environment, {
      intervalMs: Math.max(1_000, positive(limits?.ping_interval_ms, LIMITS.pingIntervalMs)),
      jitterMs: positive(limits?.ping_jitter_ms, 0),
      ping: () => this.send({ type: 'ping', ts: Math.floor(this.#environment.now()) }),
      dead: () => this.dispatch({ type: 'dead' }),
    })
    this.#heartbeat = heartbeat
    return () => {
      heartbeat.stop()
      this.#heartbeat = undefined
    }
  }

  #read(text: string, live: () => boolean): void {
    this.#heartbeat?.heard()
    const { frames, ignored } = readFrames(text)
    this.ignoredFrames += ignored
    for (const frame of frames) {
      this.#inTurn(() => {
        if (live()) this.#take(frame)
      })
    }
  }

  #take(frame: GuardedFrame): void {
    this.#trace.frame(this.#environment.monotonicNow(), 'in', frame)
    if (this.#state.name === 'greeting') {
      if (frame.type === 'hello_ack') this.dispatch({ type: 'greeted', ack: frame })
      else if (frame.type === 'error')
        this.dispatch({ type: 'refused', error: errorOfFrame(frame) })
      else this.ignoredFrames += 1
      return
    }
    if (frame.type !== 'unreadable' && this.#requests.answer(frame)) return
    switch (frame.type) {
      case 'goaway': {
        const { reason, reconnect_after_ms: delayMs, jitter_ms: jitterMs } = frame
        const error = new TidingsError('unavailable', `The server asked to reconnect: ${reason}.`)
        this.dispatch({ type: 'goaway', delayMs, jitterMs, error })
        break
      }
      case 'hello_ack':
      case 'pong':
      case 'auth.refreshed':
        break
      case 'error':
        if (!frame.client_msg_id && !frame.ref && !frame.channel_id) {
          this.dispatch({ type: 'refused', error: errorOfFrame(frame) })
        }
        this.#emitter.emit('frame', frame, this.#session)
        break
      default:
        this.#emitter.emit('frame', frame, this.#session)
    }
  }
}
