/** What the gate needs to know of an event. */
export interface Numbered {
  readonly channelSeq: number
  readonly epoch: number
}

/** `skipped` can be filled later; `expired` fell to retention; `not_visible` was never this user's to see. */
export type GapReason = 'skipped' | 'expired' | 'not_visible'

/** What a gate asks of the server: its channel's entry, or exactly the numbers between two (exclusive). */
export type Ask =
  | { readonly kind: 'entry' }
  | {
      readonly kind: 'range'
      readonly epoch: number
      readonly after: number
      /** Left out where the head is not known: up to it, whatever it is. */
      readonly before?: number
      /** A page older than this was refused before: the server goes past its caches. */
      readonly minAsOf?: number
    }

export interface GateState<E extends Numbered> {
  /** False: dormant. Numbers are followed, nothing is held, asked or emitted. */
  readonly open: boolean
  readonly sync: 'syncing' | 'live' | 'removed'
  readonly epoch: number
  /** The last number that was emitted or conceded; undefined until the gate has a start. */
  readonly position: number | undefined
  /** The highest number known in `epoch`. */
  readonly head: number | undefined
  /** The server told the head in this session. */
  readonly confirmed: boolean
  /** An epoch above ours was seen without its reset. */
  readonly ahead: boolean
  /** Events above a hole, ascending by epoch and number. */
  readonly held: readonly E[]
  readonly asked: Ask | undefined
  readonly minAsOf: number | undefined
  /** Pages in a row that did not move the position. */
  readonly misses: number
  /** Events emitted since the gate was last live. */
  readonly recovered: number
  /** Since when (monotonic milliseconds) a live gate has been below the head. */
  readonly behindSince: number | undefined
  /** Where the current epoch started, as the last reset said: its repeat changes nothing. */
  readonly resetFrom: number | undefined
  /** The user left and came back: what is missing between was not theirs to see. */
  readonly rejoined: boolean
  /** The last number before what a removal cut off; whoever comes back may be given that after all. */
  readonly cutOffAt: number | undefined
}

export const initialGate: GateState<never> = {
  open: false,
  sync: 'syncing',
  epoch: 1,
  position: undefined,
  head: undefined,
  confirmed: false,
  ahead: false,
  held: [],
  asked: undefined,
  minAsOf: undefined,
  misses: 0,
  recovered: 0,
  behindSince: undefined,
  resetFrom: undefined,
  rejoined: false,
  cutOffAt: undefined,
}

/** A page of the server, as far as the gate judges it. */
export interface GatePage<E extends Numbered> {
  readonly epoch: number
  readonly toSeq: number
  readonly asOfSeq: number
  readonly headSeq: number
  readonly oldestSeq: number
  readonly events: readonly E[]
  /** What lies below `oldestSeq` was never this user's, rather than expired. */
  readonly notVisible?: boolean
}

export type GateInput<E extends Numbered> =
  /** A handle listens, or nobody does any more. */
  | { readonly type: 'open' }
  | { readonly type: 'close' }
  /** A live event. */
  | { readonly type: 'event'; readonly event: E }
  /** A head that the server stated. `entry`: of a membership, in `hello_ack` or beside it. */
  | {
      readonly type: 'head'
      readonly epoch: number
      readonly headSeq: number
      readonly entry?: boolean
      readonly fromSeq?: number | undefined
      /** It came where there is no connection any more, from a socket that drains: it assures nothing. */
      readonly late?: boolean
    }
  | { readonly type: 'reset'; readonly epoch: number; readonly fromSeq: number }
  /** What `wanted` returned was sent; then its end. */
  | { readonly type: 'asked'; readonly ask: Ask }
  | { readonly type: 'page'; readonly ask: Ask; readonly page: GatePage<E> }
  | { readonly type: 'failed'; readonly ask: Ask }
  | { readonly type: 'disconnected' }
  /**
   * `lastSeq`: the last number that the user may still see, in `epoch`. `ask`: it is what an answer
   * says, which counts for nothing where the user has come back since it was asked.
   */
  | {
      readonly type: 'removed'
      readonly epoch?: number
      readonly lastSeq?: number
      readonly ask?: Ask
    }
  /** Time went on: is a live gate too far behind? */
  | { readonly type: 'tick' }

export type GateEffect<E extends Numbered> =
  | { readonly type: 'event'; readonly event: E }
  | {
      readonly type: 'gap'
      readonly fromSeq: number
      readonly toSeq: number
      readonly reason: GapReason
    }
  /** What was emitted above `fromSeq` is void. */
  | { readonly type: 'reset'; readonly epoch: number; readonly fromSeq: number }
  | {
      readonly type: 'sync'
      readonly state: 'syncing' | 'live' | 'removed'
      readonly recovered: number
    }
