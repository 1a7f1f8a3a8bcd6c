import type { ServerFrames } from '@tidings/protocol'
import type { TidingsError } from '../errors.js'

/**
 * Why `getToken` is asked: there is none yet; the one in use has lived 80 % of its life (`refresh`
 * while connected, `expired` before connecting); the server refused it; or two attempts ended
 * before the server said anything, which is how some proxies refuse a token.
 */
export type TokenReason = 'initial' | 'refresh' | 'expired' | 'rejected' | 'suspect'

/** What the machine remembers from state to state. */
export interface Memory {
  /** The only user this client may be: as told, or the first that the server named. */
  readonly userId: string | undefined
  /** Counts state entries, so that each entry's timers and requests have a name of their own. */
  readonly entry: number
  /** Attempts since the last connection that stayed up; the exponent of the back-off. */
  readonly attempt: number
  /** The browser has said meanwhile that the network may be there again: the next failure counts as a first one. */
  readonly woken: boolean
  /** Attempts in a row that ended before the server's first frame. */
  readonly silentAttempts: number
  /** Counts sockets: what an older one brings decides nothing; only one that drains is read at all. */
  readonly socket: number
  /** The socket that was told `goaway`: nothing is written to it, and it is read until the next has been greeted. */
  readonly draining: number | undefined
  readonly token: string | undefined
  /** On the monotonic clock: from here on the token is renewed. */
  readonly refreshAtMs: number
  /** Why the next question to `getToken` would be asked. */
  readonly askReason: TokenReason
  /** What went wrong last; the reason in the client's status. */
  readonly error: TidingsError | undefined
}

export type State = Memory &
  (
    | {
        readonly name: 'idle' /** Left by `pagehide`: `pageshow` goes on. */
        readonly paused: boolean
      }
    | { readonly name: 'authorising' }
    | { readonly name: 'opening' }
    | { readonly name: 'greeting' }
    | { readonly name: 'connected'; readonly ack: ServerFrames['hello_ack'] }
    | {
        readonly name: 'waiting'
        readonly untilMs: number
        readonly delayMs: number
        /** The server named the time: no signal of the browser shortens it. */
        readonly steered: boolean
      }
    | { readonly name: 'closed' }
  )

export type StateName = State['name']

export type MachineEvent =
  | { readonly type: 'connect' }
  | { readonly type: 'close'; readonly error: TidingsError }
  /** The page goes away, perhaps into the back/forward cache; and comes back from it. */
  | { readonly type: 'suspend' }
  | { readonly type: 'restore' }
  /** A browser signal that the network may be there again. */
  | { readonly type: 'wake' }
  | { readonly type: 'token'; readonly token: string }
  | { readonly type: 'token_failed'; readonly error: TidingsError }
  | { readonly type: 'opened'; readonly protocol: string }
  | { readonly type: 'greeted'; readonly ack: ServerFrames['hello_ack'] }
  /** An `error` frame that concerns the connection, not one request. */
  | { readonly type: 'refused'; readonly error: TidingsError }
  | { readonly type: 'refreshed'; readonly token: string; readonly expiresInMs: number | undefined }
  | {
      readonly type: 'goaway'
      readonly delayMs: number
      readonly jitterMs: number
      readonly error: TidingsError
    }
  | { readonly type: 'ended'; readonly code: number; readonly reason: string }
  /** The socket that was told `goaway` has ended. */
  | { readonly type: 'drained' }
  /** The heartbeat found no sign of life. */
  | { readonly type: 'dead' }
  /** The deadline of the state, or the end of its wait. */
  | { readonly type: 'elapsed' }
  /** The connection has stayed up long enough to count as good. */
  | { readonly type: 'stable' }

export type EventType = MachineEvent['type']

/** Time and chance of one step, as data. */
export interface StepContext {
  /** The monotonic clock. */
  readonly nowMs: number
  /** In [0, 1). */
  readonly chance: number
}

export const initialState = (userId?: string): State => ({
  name: 'idle',
  paused: false,
  entry: 0,
  attempt: 0,
  woken: false,
  silentAttempts: 0,
  socket: 0,
  draining: undefined,
  token: undefined,
  refreshAtMs: Number.POSITIVE_INFINITY,
  askReason: 'initial',
  error: undefined,
  userId,
})
