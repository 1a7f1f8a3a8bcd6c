import type { GapReason, GateEffect, GateState, Numbered } from './state.js'

/** Most events kept above a hole (I7); above it only the head is remembered. */
export const HELD_MAX = 128

export type Draft<E extends Numbered> = { -readonly [K in keyof GateState<E>]: GateState<E>[K] }

/** One step under way: the state that becomes the next one, and what it emits. */
export interface Turn<E extends Numbered> {
  readonly s: Draft<E>
  readonly out: GateEffect<E>[]
}

/** Follows the highest number, into a newer epoch too while there is no position to lose. */
export function raiseHead<E extends Numbered>(s: Draft<E>, epoch: number, seq: number): void {
  s.head = epoch > s.epoch ? seq : Math.max(s.head ?? 0, seq)
  s.epoch = epoch
}

export function become<E extends Numbered>({ s, out }: Turn<E>, sync: 'live' | 'syncing'): void {
  s.sync = sync
  out.push({ type: 'sync', state: sync, recovered: s.recovered })
  s.recovered = 0
}

export const position = <E extends Numbered>(s: Draft<E>): number => s.position ?? 0

export function emit<E extends Numbered>({ s, out }: Turn<E>, event: E): void {
  s.position = event.channelSeq
  if (s.sync === 'syncing') s.recovered += 1
  out.push({ type: 'event', event })
}

/** Lets a gap stand for what is missing up to `toSeq`, but never for an event that is held. */
export function concede<E extends Numbered>(
  { s, out }: Turn<E>,
  toSeq: number,
  reason: GapReason,
): void {
  const fromSeq = position(s) + 1
  const end = Math.min(toSeq, (firstHeld(s.held, s.epoch) ?? Number.POSITIVE_INFINITY) - 1)
  if (end < fromSeq) return
  s.position = end
  raiseHead(s, s.epoch, end)
  out.push({ type: 'gap', fromSeq, toSeq: end, reason })
}

/** Emits what is held and next. */
export function drain<E extends Numbered>(turn: Turn<E>): void {
  const { s } = turn
  let taken = 0
  for (const held of s.held) {
    if (held.epoch !== s.epoch || held.channelSeq > position(s) + 1) break
    if (held.channelSeq === position(s) + 1) emit(turn, held)
    taken += 1
  }
  if (taken > 0) s.held = s.held.slice(taken)
}

export const firstHeld = (held: readonly Numbered[], epoch: number): number | undefined =>
  held[0]?.epoch === epoch ? held[0].channelSeq : undefined

export const topOf = (held: readonly Numbered[], epoch: number, floor: number): number =>
  held.reduce(
    (top, { epoch: e, channelSeq }) => (e === epoch ? Math.max(top, channelSeq) : top),
    floor,
  )

/** Inserts in order; a repeat changes nothing; at the bound the newest goes. */
export function withHeld<E extends Numbered>(held: readonly E[], event: E): readonly E[] {
  const order = (other: E): number =>
    other.epoch - event.epoch || other.channelSeq - event.channelSeq
  const found = held.findIndex((other) => order(other) >= 0)
  const at = found < 0 ? held.length : found
  const there = held[at]
  if (there !== undefined && order(there) === 0) return held
  return [...held.slice(0, at), event, ...held.slice(at)].slice(0, HELD_MAX)
}
