import type { Ask, GateEffect, GateInput, GatePage, GateState, Numbered } from './state.js'
import {
  become,
  concede,
  drain,
  emit,
  firstHeld,
  position,
  raiseHead,
  type Turn,
  topOf,
  withHeld,
} from './turn.js'

/** Further behind than this, the gate concedes a `skipped` gap … */
export const SKIP_ABOVE = 500
/** … and starts this far below the head. */
export const SKIP_TO = 50
/** Live means less than this behind, where bodies are pulled. */
export const LIVE_WITHIN_MS = 5_000
/** Fresh pages without the wanted number before it is conceded. */
const MISSES_MAX = 3

export interface GateOptions {
  /** `all`: never skip, however far behind. */
  readonly catchUp: 'recent' | 'all'
}

/**
 * The contiguity gate of one channel. I9: whatever arrives in whatever order, each number is emitted
 * once, ascending, without a hole, or an explicit gap stands for it. Pure: `nowMs` is monotonic time.
 */
export function step<E extends Numbered>(
  state: GateState<E>,
  input: GateInput<E>,
  nowMs: number,
  options: GateOptions,
): { readonly state: GateState<E>; readonly effects: readonly GateEffect<E>[] } {
  const turn: Turn<E> = { s: { ...state }, out: [] }
  apply(turn, input)
  settle(turn, nowMs, options)
  return { state: turn.s, effects: turn.out }
}

/** What the gate would ask next; undefined if nothing is missing or an answer is on its way. */
export function wanted<E extends Numbered>(state: GateState<E>): Ask | undefined {
  const { epoch, position, head, minAsOf, held } = state
  if (!state.open || state.asked || state.sync === 'removed') return undefined
  if (position === undefined) return { kind: 'entry' }
  const ask = { kind: 'range', epoch, after: position, minAsOf } as const
  if (!state.confirmed || state.ahead || head === undefined) return ask
  if (head <= position) return undefined
  return { ...ask, before: firstHeld(held, epoch) ?? head + 1 }
}

function apply<E extends Numbered>(turn: Turn<E>, input: GateInput<E>): void {
  const { s } = turn
  switch (input.type) {
    case 'open':
      s.open = true
      if (s.sync !== 'removed') s.position ??= s.head
      return
    case 'close':
      s.open = false
      s.asked = undefined
      s.held = []
      if (s.sync === 'live') s.sync = 'syncing'
      return
    case 'event':
      event(turn, input.event)
      return
    case 'head':
      head(turn, input)
      return
    case 'reset':
      if (input.epoch >= s.epoch && s.sync !== 'removed') reset(turn, input.epoch, input.fromSeq)
      return
    case 'asked':
      s.asked = input.ask
      return
    case 'page':
      if (input.ask === s.asked && input.ask.kind === 'range') page(turn, input.ask, input.page)
      return
    case 'failed':
      if (input.ask === s.asked) s.asked = undefined
      return
    case 'disconnected':
      // What was heard of the head is void until it is told again: only what is held is sure.
      if (s.position !== undefined) s.head = topOf(s.held, s.epoch, s.position)
      s.confirmed = false
      s.asked = undefined
      s.misses = 0
      return
    case 'removed':
      if (input.ask && input.ask !== s.asked) return
      removed(turn, input.epoch === s.epoch ? input.lastSeq : undefined)
      return
    case 'tick':
  }
}

function event<E extends Numbered>(turn: Turn<E>, event: E): void {
  const { s } = turn
  const { epoch, channelSeq } = event
  if (s.sync === 'removed' || epoch < s.epoch) return
  if (s.position === undefined) {
    raiseHead(s, epoch, channelSeq)
    // The first number that an opened gate sees is its start: what was below it was there before.
    if (!s.open) return
    s.position = channelSeq - 1
  }
  if (epoch > s.epoch) s.ahead = true
  else raiseHead(s, epoch, channelSeq)
  if (!s.open) return
  if (epoch === s.epoch && channelSeq === s.position + 1) emit(turn, event)
  else if (epoch > s.epoch || channelSeq > s.position) s.held = withHeld(s.held, event)
  drain(turn)
}

function head<E extends Numbered>(
  turn: Turn<E>,
  { epoch, headSeq, entry, fromSeq, late }: GateInput<E> & { type: 'head' },
): void {
  const { s } = turn
  if (s.sync === 'removed') {
    if (!entry) return
    s.sync = 'syncing'
    s.rejoined = true
    goBack(turn)
  }
  if (entry && s.asked?.kind === 'entry') s.asked = undefined
  if (epoch < s.epoch) return
  if (s.position !== undefined) {
    if (fromSeq !== undefined) reset(turn, epoch, fromSeq)
    if (epoch > s.epoch) {
      s.ahead = true
      return
    }
  }
  if (entry && s.position === undefined) s.head = 0
  raiseHead(s, epoch, headSeq)
  s.confirmed = !late
  if (s.open) s.position ??= s.head
}

function reset<E extends Numbered>(turn: Turn<E>, epoch: number, fromSeq: number): void {
  const { s } = turn
  // The same epoch again: a repeat, unless the server found a number of ours above its head (P-65).
  if (epoch === s.epoch && (fromSeq >= (s.head ?? 0) || fromSeq === s.resetFrom)) return
  s.held = s.held.filter((held) => held.epoch > s.epoch && held.epoch >= epoch)
  s.epoch = epoch
  s.resetFrom = fromSeq
  s.head = topOf(s.held, epoch, fromSeq)
  s.ahead = s.held.some((held) => held.epoch > epoch)
  s.asked = undefined
  s.minAsOf = undefined
  s.misses = 0
  s.confirmed = false
  if (s.position === undefined) return
  // Also where the position stays: what was shown may have had changes above `fromSeq` folded in.
  s.position = Math.min(s.position, fromSeq)
  turn.out.push({ type: 'reset', epoch, fromSeq })
  drain(turn)
}

function page<E extends Numbered>(
  turn: Turn<E>,
  ask: Ask & { kind: 'range' },
  { epoch, toSeq, asOfSeq, headSeq, oldestSeq, events, notVisible }: GatePage<E>,
): void {
  const { s } = turn
  const before = position(s)
  s.asked = undefined
  s.ahead ||= epoch > s.epoch
  const sound = epoch === s.epoch && asOfSeq >= ask.after
  if (sound) {
    s.confirmed = true
    raiseHead(s, epoch, headSeq)
    concede(turn, oldestSeq - 1, notVisible || s.rejoined ? 'not_visible' : 'expired')
    // A number that fresh pages say they cover and do not hold will never come.
    const giveUp = s.misses >= MISSES_MAX && asOfSeq >= (s.minAsOf ?? 0)
    for (const event of events) {
      if (giveUp) concede(turn, event.channelSeq - 1, 'expired')
      if (event.channelSeq === position(s) + 1) emit(turn, event)
    }
    if (giveUp) concede(turn, toSeq, 'expired')
    drain(turn)
  }
  if (position(s) > before || (sound && position(s) >= (s.head ?? 0))) {
    s.misses = 0
    s.minAsOf = undefined
    s.rejoined = false
  } else {
    s.misses += 1
    s.minAsOf = Math.max(ask.after, (ask.before ?? 0) - 1)
  }
  if (position(s) >= (ask.before ?? 0) - 1) s.behindSince = undefined
}

/** The end of the stream for this user: what is still missing will never be given. */
function removed<E extends Numbered>(turn: Turn<E>, lastSeq: number | undefined): void {
  const { s } = turn
  if (s.sync === 'removed') return
  if (s.open && s.position !== undefined) {
    const before = s.position
    for (const held of s.held) {
      if (held.epoch !== s.epoch) break
      concede(turn, held.channelSeq - 1, 'not_visible')
      drain(turn)
    }
    concede(turn, lastSeq ?? 0, 'not_visible')
    if (s.position > before) s.cutOffAt = before
  }
  Object.assign(s, { sync: 'removed', held: [], asked: undefined, confirmed: false, misses: 0 })
  turn.out.push({ type: 'sync', state: 'removed', recovered: s.recovered })
}

/** What a removal cut off may have changed what is shown, and may be this user's to see again: it is asked for. */
function goBack<E extends Numbered>({ s, out }: Turn<E>): void {
  const { cutOffAt: fromSeq, epoch } = s
  s.cutOffAt = undefined
  if (fromSeq === undefined || s.position === undefined || fromSeq >= s.position) return
  s.position = fromSeq
  out.push({ type: 'reset', epoch, fromSeq })
}

/** After every input: too far behind to catch up? complete? no longer complete? */
function settle<E extends Numbered>(turn: Turn<E>, nowMs: number, { catchUp }: GateOptions): void {
  const { s } = turn
  if (!s.open || s.sync === 'removed' || s.position === undefined) return
  const top = s.head ?? 0
  const sure = s.confirmed && !s.ahead
  if (sure && !s.asked && catchUp !== 'all' && top - s.position > SKIP_ABOVE) {
    s.held = s.held.filter((held) => held.channelSeq > top - SKIP_TO)
    concede(turn, top - SKIP_TO, 'skipped')
    drain(turn)
  }
  if (sure && s.position >= top) {
    s.behindSince = undefined
    if (s.sync === 'syncing') become(turn, 'live')
  } else if (s.sync === 'live') {
    s.behindSince ??= nowMs
    if (!sure || nowMs - s.behindSince >= LIVE_WITHIN_MS) become(turn, 'syncing')
  }
}
