import type { State } from './connection/states.js'
import type { TidingsError } from './errors.js'

/**
 * `idle`: not asked to connect, or paused with its page. `connecting`: on the way. `connected`.
 * `waiting`: between two attempts, or told to come back. `closed`: for good.
 */
export type Status = 'idle' | 'connecting' | 'connected' | 'waiting' | 'closed'

export interface StatusChange {
  readonly current: Status
  readonly previous: Status
  /** What ended the last attempt or connection, for `waiting` and `closed`. */
  readonly reason: TidingsError | undefined
}

/** A state's own name, unless it is a step on the way. */
export const statusOf = ({ name }: State): Status =>
  name === 'authorising' || name === 'opening' || name === 'greeting' ? 'connecting' : name

/** What listeners are told of a transition; undefined if it does not show. */
export function statusChange(current: State, previous: State): StatusChange | undefined {
  const change = { current: statusOf(current), previous: statusOf(previous), reason: current.error }
  return change.current === change.previous ? undefined : change
}
