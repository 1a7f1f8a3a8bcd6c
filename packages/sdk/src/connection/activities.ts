import type { MachineEvent, State } from './states.js'

/** A connection up this long, in milliseconds, counts as good: the back-off begins anew. */
export const STABLE_AFTER_MS = 10_000

/**
 * What goes on while a state lasts, as data. The driver starts what a new state has and its
 * predecessor had not, and ends what it has no more: no timer and no socket outlives its state.
 */
export type Activity =
  | { readonly kind: 'ask_token'; readonly key: string }
  | { readonly kind: 'socket'; readonly key: string; readonly number: number }
  | { readonly kind: 'greet'; readonly key: string }
  | { readonly kind: 'heartbeat'; readonly key: string }
  | { readonly kind: 'renew_token'; readonly key: string; readonly atMs: number }
  | {
      readonly kind: 'timer'
      readonly key: string
      readonly delayMs: number
      readonly event: MachineEvent & { type: 'elapsed' | 'stable' }
    }

const timer = (
  state: State,
  delayMs: number,
  type: 'elapsed' | 'stable' = 'elapsed',
): Activity => ({ kind: 'timer', key: `${type} ${state.entry}`, delayMs, event: { type } })

const socket = (number: number): Activity => ({ kind: 'socket', key: `socket ${number}`, number })

const once = (state: State, kind: 'ask_token' | 'greet' | 'heartbeat'): Activity => ({
  kind,
  key: `${kind} ${state.entry}`,
})

/** Everything that goes on in a state, in the order of its start. Pure. */
export function activitiesOf(state: State, attemptTimeoutMs: number): readonly Activity[] {
  const deadline = timer(state, attemptTimeoutMs)
  const old = state.draining === undefined ? [] : [socket(state.draining)]
  switch (state.name) {
    case 'authorising':
      return [...old, once(state, 'ask_token'), deadline]
    case 'opening':
      return [...old, socket(state.socket), deadline]
    case 'greeting':
      return [...old, socket(state.socket), once(state, 'greet'), deadline]
    case 'connected': {
      const { attempt, refreshAtMs: atMs } = state
      const up: Activity[] = [socket(state.socket), once(state, 'heartbeat')]
      if (attempt > 0) up.push(timer(state, STABLE_AFTER_MS, 'stable'))
      if (atMs !== Number.POSITIVE_INFINITY)
        up.push({ kind: 'renew_token', key: `renew ${atMs}`, atMs })
      return up
    }
    case 'waiting':
      return [...old, timer(state, state.delayMs)]
    default:
      return []
  }
}
