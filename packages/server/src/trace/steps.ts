import type { RequestContext } from '../stream/request-context.js'

/** What happens to a command on its way, each in another part of the server and often in another process. */
export type Step =
  /** It stands in the log, or it does not. */
  | 'accepted'
  | 'refused'
  /** Folded, and durable. */
  | 'stored'
  /** Its event, or its answer, was sent to other processes. */
  | 'pushed'
  /** A gateway has its event, next in its channel. */
  | 'delivered'
  /** Its sender was told the result. */
  | 'answered'

/** Told of the steps of each command, for lines at level debug by which one message can be followed. */
export interface StepLog {
  /** Asked before anything is made for a line: false where nobody would read it. */
  isOn(): boolean
  /** MUST NOT throw. `detail` holds ids and numbers, never what a message says. */
  tell(step: Step, request: RequestContext, detail: Readonly<Record<string, unknown>>): void
}
