import { CODES, type CommandFrame, type ErrorCode, type Outcome } from '@tidings/protocol'
import type { Membership } from '../ports/membership.js'
import type { Command } from '../stream/command.js'
import type { CommandRequest, CommandVerdict } from './port.js'

/** A command on its way through the steps: each adds what it found out, or ends it with a verdict. */
export interface Draft {
  readonly request: CommandRequest
  /** As the client sent it, or as `beforeAccept` changed it. */
  frame: CommandFrame
  /** Of the sender; undefined for the server itself. */
  membership: Membership | undefined
  command: Command | undefined
  verdict: CommandVerdict | undefined
}

/** One step: a name for whoever reads the list, and what it does to a batch. */
export interface Step {
  readonly name: string
  /** Gets only drafts without a verdict, in order. */
  run(drafts: readonly Draft[]): void | Promise<void>
}

export const draftOf = (request: CommandRequest): Draft => ({
  request,
  frame: request.frame,
  membership: undefined,
  command: undefined,
  verdict: undefined,
})

/** Ends a draft with one of the table's codes. */
export function refuse(
  draft: Draft,
  code: ErrorCode,
  detail: { message?: string; outcome?: Outcome; retryAfterMs?: number } = {},
): void {
  draft.verdict = {
    status: 'refused',
    code,
    message: detail.message ?? CODES[code].message,
    outcome: detail.outcome ?? CODES[code].outcome,
    ...(detail.retryAfterMs !== undefined && { retryAfterMs: detail.retryAfterMs }),
  }
}

/** Not in the log for certain, and worth another try: something that we need did not answer. */
export function refuseForNow(draft: Draft, retryAfterMs = 1_000): void {
  refuse(draft, 'unavailable', { outcome: 'not_sent', retryAfterMs })
}
