import type { CommandFrame, ErrorCode, Outcome } from '@tidings/protocol'
import type { Origin } from '../stream/command.js'
import type { RequestContext } from '../stream/request-context.js'

/** One command as a gateway or the REST API got it from an authenticated user. */
export interface CommandRequest extends RequestContext {
  readonly userId: string
  readonly frame: CommandFrame
  readonly origin: Origin
  /** The server itself sends as this user (admin): permissions and limits of a member do not apply. */
  readonly asServer?: boolean
}

/** Authorised, limited, stamped and in the log; or why not. The result comes by the push bus, to `origin`. */
export type CommandVerdict =
  | { readonly status: 'appended' }
  | {
      readonly status: 'refused'
      readonly code: ErrorCode
      readonly message: string
      readonly outcome: Outcome
      readonly retryAfterMs?: number
    }

export interface Acceptance {
  /** Never rejects. Commands of one call keep their order per channel. */
  submit(requests: readonly CommandRequest[]): Promise<readonly CommandVerdict[]>
}
