import type { ChannelEvent, CommandFrame, Role } from '@tidings/protocol'
import type { RequestContext } from '../stream/request-context.js'

/** What an embedder may decide. Each hook has a deadline (`hookTimeoutMs`, default 2,000) and fails closed. */
export interface Hooks {
  /** May this user do this in this channel? Asked after our own permission table allowed it. */
  authorize?(request: {
    userId: string
    channelId: string
    role: Role
    action: CommandFrame['type']
  }): boolean | Promise<boolean>
  /** Moderation: allow, change, or refuse with a reason that the sender sees. */
  beforeAccept?(request: {
    userId: string
    channelId: string
    role: Role
    frame: CommandFrame
  }): HookVerdict | Promise<HookVerdict>
  /** Told of events after they are stored, in order per channel. Its failure changes nothing; a crash may lose calls, and a take-over repeat them: what must not be missed is read from history. `requests`: for each event the id and the trace context of the request that made it, to go on with the trace. */
  afterStored?(
    events: readonly ChannelEvent[],
    requests: readonly (RequestContext | undefined)[],
  ): void | Promise<void>
}

export type HookVerdict =
  | {
      readonly allow: true
      readonly text?: string
      /** As a client may give it: plain JSON of well-formed Unicode, within the same limits. Anything else refuses the message. */
      readonly metadata?: Readonly<Record<string, unknown>>
    }
  | { readonly allow: false; readonly reason: string }
