import type { ClientFrame } from '@tidings/protocol'
import { SUBPROTOCOL } from '@tidings/protocol'
import { Emitter } from '../emitter.js'
import type { Environment, SocketHandle } from '../environment/port.js'
import { errorOfFrame, TidingsError } from '../errors.js'
import { type Heartbeat, startHeartbeat } from '../heartbeat/heartbeat.js'
import {
  CLIENT_FRAME_MAX_BYTES,
  ENVELOPES_PER_FRAME_MAX,
  MAX_TIMER_MS,
  PING_INTERVAL_MS,
} from '../limits.js'
import { positive } from '../stated.js'
import { type Activity, activitiesOf } from './activities.js'
import { CLOSE_NORMAL } from './close-codes.js'
import { type FrameForms, type GuardedFrame, readFrames } from './guard.js'
import { buildHello, type Position } from './hello.js'
import { step } from './machine.js'
import type { ClientConnection, InnerEvents } from './port.js'
import { createRequests } from './requests.js'
import { initialState, type MachineEvent, type State } from './states.js'
import { askToken, type GetToken } from './token.js'
import { createTrace } from './trace.js'
import { createTurns } from './turns.js'
import { createTurnWriter, type TurnWriter } from './writer.js'

export interface ConnectionOptions {
  readonly url: string
  readonly getToken: GetToken
  /** The only user this connection may be of; else the first that `hello_ack` names. */
  readonly userId?: string | undefined
  readonly deviceId: string
  readonly capabilities: readonly string[]
  /** Frames that features understand. */
  readonly frames?: FrameForms | undefined
  /** Longest time for each of token, socket and greeting, in milliseconds. */
  readonly attemptTimeoutMs: number
  /** How far each channel is held; most recently used first. Asked before each `hello`. */
  readonly positions: () => Iterable<Position>
}

/** Nothing is added while this much waits for the network (I7). */
const BUFFER_MAX_BYTES = 1024 * 1024

/**
 * Drives the machine: runs the activities of its state, turns what they bring into its events, one
 * at a time, and hands frames on. I9: once closed, nothing of it remains.
 */
export function createConnection(
  environment: Environment,
  options: ConnectionOptions,
): ClientConnection {
  const { getToken } = options
  const emitter = new Emitter<InnerEvents>()
  const trace = createTrace()
  const running = new Map<string, () => void>()
  const turns = createTurns()
  let state = initialState(options.userId)
  let session = 0
  let skewMs: number | undefined
  let socket: SocketHandle | undefined
  let writer: TurnWriter | undefined
  let heartbeat: Heartbeat | undefined
  let closeCode: number | undefined
  let ignoredFrames = 0

  const monotonicNow = (): number => environment.monotonicNow()

  const dispatch = (event: MachineEvent): void =>
    turns.step(() => {
      const nowMs = monotonicNow()
      move(step(state, event, { nowMs, chance: environment.random() }))
    })

  const move = (next: State): void => {
    const previous = state
    if (next === previous) return
    state = next
    const activities = activitiesOf(next, options.attemptTimeoutMs)
    for (const [key, end] of [...running].reverse()) {
      if (activities.some((activity) => activity.key === key)) continue
      running.delete(key)
      end()
    }
    const isEntered = next.name !== previous.name
    if (isEntered) {
      trace.add({ atMs: monotonicNow(), what: 'state', type: next.name, code: next.error?.code })
      if (previous.name === 'connected') lose()
      if (next.name === 'connected') gain(next)
    }
    for (const activity of activities) {
      if (!running.has(activity.key)) running.set(activity.key, start(activity))
    }
    if (!isEntered) return
    if (next.name === 'connected') emitter.emit('connected', next.ack, session)
    if (next.name === 'closed') offSignals()
    emitter.emit('state', next, previous)
  }

  const gain = ({ ack }: State & { name: 'connected' }): void => {
    session += 1
    closeCode = undefined
    skewMs = ack.server_ts - monotonicNow()
    const { client_frame_max_bytes, envelopes_per_frame_max } = ack.limits
    writer = createTurnWriter(write, {
      frameMaxBytes: positive(client_frame_max_bytes, CLIENT_FRAME_MAX_BYTES),
      envelopesMax: positive(envelopes_per_frame_max, ENVELOPES_PER_FRAME_MAX),
    })
  }

  const lose = (): void => {
    writer?.drop()
    writer = undefined
    emitter.emit('disconnected', session, closeCode)
  }

  /** Starts one activity; returns its clean-up. */
  const start = (activity: Activity): (() => void) => {
    switch (activity.kind) {
      case 'timer':
        return timer(activity.delayMs, () => dispatch(activity.event))
      case 'ask_token':
        return askToken(
          getToken,
          state.askReason,
          (token) => dispatch({ type: 'token', token }),
          tokenFailed,
        )
      case 'renew_token':
        return renewToken(activity.atMs)
      case 'socket':
        return openSocket(activity.number)
      case 'greet':
        return greet()
      case 'heartbeat':
        return beat()
    }
  }

  const timer = (delayMs: number, callback: () => void): (() => void) => {
    const handle = environment.setTimer(callback, Math.min(delayMs, MAX_TIMER_MS))
    return () => environment.clearTimer(handle)
  }

  const tokenFailed = (error: TidingsError): void => dispatch({ type: 'token_failed', error })

  /** In place: the new token goes over the open connection. */
  const renewToken = (atMs: number): (() => void) => {
    let end = timer(atMs - monotonicNow(), () => {
      end = askToken(getToken, 'refresh', (token) => void sendToken(token), tokenFailed)
    })
    return () => end()
  }

  const sendToken = async (token: string): Promise<void> => {
    const mine = session
    try {
      const answer = await requests.request({ type: 'auth.refresh', token })
      if (answer.type !== 'auth.refreshed') return
      dispatch({ type: 'refreshed', token, expiresInMs: answer.token_expires_in_ms })
    } catch (cause) {
      // What a socket that drains says of it decides nothing for the next.
      if (state.name !== 'connected' || session !== mine) return
      const error = TidingsError.from(cause)
      // The server's verdict on a token is the reason of the close that follows it.
      if (error.outcome === 'rejected') dispatch({ type: 'refused', error })
      tokenFailed(error)
    }
  }

  const openSocket = (number: number): (() => void) => {
    let isLive = true
    const isDraining = (): boolean => state.draining === number
    /** What comes from this socket counts until it is ended. */
    const whileLive = (task: () => void): void =>
      turns.input(() => {
        if (isLive) task()
      })
    const mine = environment.openSocket(options.url, [SUBPROTOCOL], {
      opened: (protocol) => whileLive(() => dispatch({ type: 'opened', protocol })),
      message: (text) =>
        whileLive(() => {
          heartbeat?.heard()
          const { frames, ignored } = readFrames(text, options.frames)
          ignoredFrames += ignored
          for (const frame of frames) whileLive(() => take(frame, isDraining()))
        }),
      closed: (code, reason) =>
        whileLive(() => {
          if (isDraining()) return dispatch({ type: 'drained' })
          closeCode = code
          dispatch({ type: 'ended', code, reason })
        }),
    })
    socket = mine
    return () => {
      isLive = false
      if (socket === mine) socket = undefined
      mine.close(CLOSE_NORMAL, '')
      // A socket that drains still answers what was asked on it, though an attempt elsewhere failed.
      if (state.draining === undefined || isDraining()) requests.rejectAll()
    }
  }

  const write = (text: string): void => socket?.send(text)

  const greet = (): (() => void) => {
    const { deviceId, capabilities, positions } = options
    const { token = '' } = state
    write(JSON.stringify(buildHello({ token, deviceId, capabilities, positions: positions() })))
    return () => {}
  }

  const beat = (): (() => void) => {
    const limits = state.name === 'connected' ? state.ack.limits : undefined
    const mine = startHeartbeat(environment, {
      intervalMs: Math.max(1_000, positive(limits?.ping_interval_ms, PING_INTERVAL_MS)),
      jitterMs: positive(limits?.ping_jitter_ms, 0),
      ping: () => send({ type: 'ping', ts: Math.floor(environment.now()) }),
      dead: () => dispatch({ type: 'dead' }),
    })
    heartbeat = mine
    return () => {
      mine.stop()
      heartbeat = undefined
    }
  }

  const take = (frame: GuardedFrame, isDraining: boolean): void => {
    trace.frame(monotonicNow(), 'in', frame)
    if (state.name === 'greeting' && !isDraining) {
      if (frame.type === 'hello_ack') dispatch({ type: 'greeted', ack: frame })
      else if (frame.type === 'error') dispatch({ type: 'refused', error: errorOfFrame(frame) })
      else ignoredFrames += 1
      return
    }
    const isAnswer = frame.type !== 'unreadable' && requests.answer(frame)
    if (isAnswer && frame.type !== 'channels.page') return
    switch (frame.type) {
      case 'goaway': {
        const { reason, reconnect_after_ms: delayMs, jitter_ms: jitterMs } = frame
        const error = new TidingsError('unavailable', `The server asked to reconnect: ${reason}.`)
        dispatch({ type: 'goaway', delayMs, jitterMs, error })
        return
      }
      case 'hello_ack':
      case 'pong':
      case 'auth.refreshed':
        return
      case 'error':
        if (!isDraining && !frame.client_msg_id && !frame.ref && !frame.channel_id) {
          dispatch({ type: 'refused', error: errorOfFrame(frame) })
        }
    }
    emitter.emit('frame', frame, session, isAnswer)
  }

  const send = (frame: ClientFrame): boolean => {
    const isFull = (): boolean => (socket?.bufferedBytes() ?? 0) > BUFFER_MAX_BYTES
    if (state.name !== 'connected' || !writer || isFull()) return false
    trace.frame(monotonicNow(), 'out', frame)
    writer.add(frame)
    return true
  }

  const requests = createRequests(environment, send, () => state.name === 'closed')

  const offSignals = environment.onSignal((signal) => {
    if (signal === 'pagehide') dispatch({ type: 'suspend' })
    else if (signal === 'pageshow') dispatch({ type: 'restore' })
    else if (signal === 'online' || signal === 'visible' || signal === 'resume') {
      dispatch({ type: 'wake' })
    }
    heartbeat?.signal(signal)
  })

  return {
    get state() {
      return state
    },
    get canSend() {
      return state.name === 'connected'
    },
    get session() {
      return session
    },
    get ignoredFrames() {
      return ignoredFrames
    },
    serverNow: () => (skewMs === undefined ? undefined : monotonicNow() + skewMs),
    on: (event, listener) => emitter.on(event, listener),
    send,
    request: requests.request,
    dispatch,
    trace: trace.entries,
  }
}
