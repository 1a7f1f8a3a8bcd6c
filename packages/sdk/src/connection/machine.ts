import { SUBPROTOCOL } from '@tidings/protocol'
import { TidingsError } from '../errors.js'
import {
  BACK_OFF_BASE_MS,
  BACK_OFF_LAST_ATTEMPT,
  backOffMs,
  RECONNECT_LAST_ATTEMPT,
  reconnectMs,
} from './back-off.js'
import { CLOSE_GOING_AWAY, errorOfClose, isFinalClose } from './close-codes.js'
import type { EventType, MachineEvent, Memory, State, StateName, StepContext } from './states.js'

type EventOf<T extends EventType> = Extract<MachineEvent, { type: T }>
type Transition<N extends StateName, T extends EventType> = (
  state: Extract<State, { name: N }>,
  event: EventOf<T>,
  context: StepContext,
) => State
type Row<N extends StateName> = { readonly [T in EventType]: Transition<N, T> }

/** Attempts in a row that ended before the first frame until the token is suspected. */
const SILENT_ATTEMPTS_MAX = 2

type Body = State extends infer S ? (S extends State ? Omit<S, keyof Memory> : never) : never

/** Another state, entered anew; what is remembered goes on. */
const enter = (state: State, body: Body, changes: Partial<Memory> = {}): State => ({
  ...state,
  ...body,
  ...changes,
  entry: state.entry + 1,
})

const stay = (state: State): State => state

const close = (state: State, { error }: { error: TidingsError }): State =>
  enter(state, { name: 'closed' }, { token: undefined, error })

const pause = (state: State): State =>
  enter(state, { name: 'idle', paused: true }, { draining: undefined })

const open = (state: State, changes: Partial<Memory> = {}): State =>
  enter(state, { name: 'opening' }, { ...changes, socket: state.socket + 1, error: undefined })

/** Towards a connection: with the token at hand while it is good, else by asking for one. */
function begin(state: State, _event: unknown, { nowMs }: StepContext): State {
  const suspect = state.silentAttempts >= SILENT_ATTEMPTS_MAX
  let { askReason } = state
  if (state.token !== undefined) {
    if (nowMs < state.refreshAtMs && !suspect) return open(state)
    askReason = suspect ? 'suspect' : 'expired'
  }
  return enter(state, { name: 'authorising' }, { silentAttempts: 0, askReason, error: undefined })
}

/** An attempt or a connection ended: wait, longer each time, and never less than the server asked. */
function wait(
  state: State,
  error: TidingsError,
  { nowMs, chance }: StepContext,
  changes: Partial<Memory> = {},
): State {
  const { retryAfterMs } = error
  // A server of another version does not change within seconds.
  const isFinal = error.code === 'unsupported_version'
  const attempt = isFinal ? RECONNECT_LAST_ATTEMPT : state.attempt
  const delayMs = reconnectMs(state.woken && !isFinal ? 0 : attempt, chance, retryAfterMs)
  const steered = retryAfterMs !== undefined
  return enter(
    state,
    { name: 'waiting', delayMs, untilMs: nowMs + delayMs, steered },
    { attempt: attempt + 1, woken: false, ...changes, error },
  )
}

/** As `wait`, after deciding what the end says of the token. `silent`: nothing came before it. */
function fail(state: State, error: TidingsError, context: StepContext, silent: boolean): State {
  const refused = error.code === 'unauthorized' || error.code === 'token_expired'
  return wait(state, error, context, {
    silentAttempts: silent ? state.silentAttempts + 1 : 0,
    ...(refused && { token: undefined, askReason: 'rejected' }),
  })
}

const ended = (state: State, { code, reason }: EventOf<'ended'>, context: StepContext): State => {
  // An error frame explains the close that follows it, not a line that is cut much later.
  const stated =
    state.name === 'connected' && (code === CLOSE_GOING_AWAY || code === 1006)
      ? undefined
      : state.error
  const error = stated ?? errorOfClose(code, reason)
  const silent = state.error === undefined && state.name !== 'connected'
  return isFinalClose(code) ? close(state, { error }) : fail(state, error, context, silent)
}

const late = (state: State, _event: unknown, context: StepContext): State => {
  const error = state.error ?? new TidingsError('timeout', `No end of ${state.name} in time.`)
  const silent = state.error === undefined && state.name !== 'authorising'
  return fail(state, error, context, silent)
}

const died = (state: State, _event: unknown, context: StepContext): State =>
  wait(state, new TidingsError('unavailable', 'The server gave no sign of life.'), context)

const refused = (state: State, { error }: EventOf<'refused'>): State => ({ ...state, error })

const haveToken = (state: State, { token }: EventOf<'token'>): State =>
  open(state, { token, refreshAtMs: Number.POSITIVE_INFINITY })

const noToken = (state: State, { error }: EventOf<'token_failed'>, context: StepContext): State =>
  error.stopsRetrying ? close(state, { error }) : wait(state, error, context)

function opened(state: State, { protocol }: EventOf<'opened'>, context: StepContext): State {
  if (protocol === SUBPROTOCOL) return enter(state, { name: 'greeting' })
  const error = new TidingsError('unsupported_version', `The server does not speak ${SUBPROTOCOL}.`)
  return wait(state, error, context)
}

/** The moment at which a token has lived 80 % of what is left of its life. */
const refreshAtMs = (expiresInMs: number | undefined, nowMs: number): number =>
  nowMs + 0.8 * (expiresInMs ?? Number.POSITIVE_INFINITY)

function greeted(state: State, { ack }: EventOf<'greeted'>, { nowMs }: StepContext): State {
  const { user_id: userId, token_expires_in_ms: expiresInMs } = ack
  if (state.userId !== undefined && state.userId !== userId) {
    return close(state, {
      error: new TidingsError('user_changed', 'The token belongs to another user than expected.'),
    })
  }
  return enter(
    state,
    { name: 'connected', ack },
    {
      userId,
      woken: false,
      silentAttempts: 0,
      refreshAtMs: refreshAtMs(expiresInMs, nowMs),
      error: undefined,
      draining: undefined,
    },
  )
}

const refreshed = (state: State, event: EventOf<'refreshed'>, { nowMs }: StepContext): State => ({
  ...state,
  token: event.token,
  refreshAtMs: refreshAtMs(event.expiresInMs, nowMs),
})

/** A renewal failed: try again after a while; the server ends the connection when it is too late. */
const renewLater = (
  state: State,
  { error }: EventOf<'token_failed'>,
  { nowMs, chance }: StepContext,
): State =>
  error.stopsRetrying
    ? close(state, { error })
    : { ...state, refreshAtMs: nowMs + backOffMs(BACK_OFF_LAST_ATTEMPT, chance, 5_000) }

const goAway = (state: State, event: EventOf<'goaway'>, { nowMs, chance }: StepContext): State => {
  const delayMs = event.delayMs + chance * event.jitterMs
  return enter(
    state,
    { name: 'waiting', delayMs, untilMs: nowMs + delayMs, steered: true },
    { error: event.error, draining: state.socket },
  )
}

type Waiting = Extract<State, { name: 'waiting' }>

const drained = (state: State): State =>
  state.draining === undefined ? state : { ...state, draining: undefined }

/** Signals of the browser are often wrong: they shorten a wait, with jitter, and never end it. */
const wake = (state: Waiting, _event: unknown, { nowMs, chance }: StepContext): State => {
  const untilMs = Math.min(state.untilMs, nowMs + chance * BACK_OFF_BASE_MS)
  return state.steered
    ? state
    : {
        ...state,
        woken: true,
        entry: state.entry + 1,
        untilMs,
        delayMs: Math.max(0, untilMs - nowMs),
      }
}

/** While an attempt is under way, which may have begun without a network. */
const wakeLater = (state: State): State => (state.woken ? state : { ...state, woken: true })

const beginUnlessSteered = (state: Waiting, event: unknown, context: StepContext): State =>
  state.steered ? state : begin(state, event, context)

const resumeIfPaused = (
  state: Extract<State, { name: 'idle' }>,
  event: unknown,
  context: StepContext,
): State => (state.paused ? begin(state, event, context) : state)

/** What every state does of itself; of what neither names, nothing comes. */
const ALWAYS: Partial<Row<StateName>> = { close, suspend: pause, drained }

/** What each state makes of which event; a test holds all 119 pairs against their specification. */
const TABLE: { readonly [N in StateName]: Partial<Row<N>> } = {
  idle: { connect: begin, suspend: stay, restore: resumeIfPaused },
  authorising: { token: haveToken, token_failed: noToken, wake: wakeLater, elapsed: late },
  opening: { opened, ended, wake: wakeLater, elapsed: late },
  greeting: { greeted, refused, ended, wake: wakeLater, elapsed: late },
  connected: {
    token_failed: renewLater,
    refused,
    refreshed,
    goaway: goAway,
    ended,
    dead: died,
    stable: (state) => ({ ...state, attempt: 0 }),
  },
  waiting: { connect: beginUnlessSteered, wake, elapsed: begin },
  closed: { close: stay, suspend: stay, drained: stay },
}

/** One step of the connection: the next state, by the table above. Pure. */
export function step(state: State, event: MachineEvent, context: StepContext): State {
  const row = { ...ALWAYS, ...TABLE[state.name] } as Partial<
    Record<EventType, (state: State, event: MachineEvent, context: StepContext) => State>
  >
  return row[event.type]?.(state, event, context) ?? state
}
