import type { Authenticator } from '../auth/port.js'
import type { CommandLog } from '../ports/command-log.js'
import type { Directory } from '../ports/directory.js'
import type { Election } from '../ports/election.js'
import type { ServerEnvironment } from '../ports/environment.js'
import type { KnownHeads } from '../ports/known-heads.js'
import type { NodeLease, RateLimiter, TokenRevocation } from '../ports/limits.js'
import type { MessageFeed } from '../ports/message-feed.js'
import type { MessageStore } from '../ports/message-store.js'
import type { Presence } from '../ports/presence.js'
import type { PushBus } from '../ports/push.js'
import type { Receipts } from '../ports/receipts.js'
import type { RecentEvents } from '../ports/recent-events.js'
import type { Routes } from '../ports/routes.js'
import type { StoredMarks } from '../ports/stored-marks.js'
import type { RequestContext } from '../stream/request-context.js'

/** What the sequencer and its fan-out stand on. */
export interface SequencingPorts {
  readonly environment: ServerEnvironment
  readonly log: CommandLog
  readonly store: MessageStore
  /** See SequencerOptions. */
  readonly marks?: StoredMarks
  /** Left out: nobody else is told of messages. */
  readonly feed?: MessageFeed | undefined
  readonly bus: PushBus
  readonly routes: Routes
  /** Left out: gateways compare all heads with the store each time. */
  readonly knownHeads?: KnownHeads
  /** Left out: receipts are not served. */
  readonly receipts?: Receipts
}

/** What the gateway and the API stand on. */
export interface ServingPorts extends SequencingPorts {
  readonly directory: Directory
  readonly limiter: RateLimiter
  readonly revocation: TokenRevocation
  readonly lease: NodeLease
  readonly authenticator: Authenticator
  /** Left out: presence is not served. */
  readonly presence?: Presence
  /** Left out: a gateway reads from the store what it does not have. */
  readonly recent?: RecentEvents
  /** Which of several processes brings directory changes into the stream; left out: this one. */
  readonly election?: Election
  /** Tells the elected one, best effort, that there may be directory changes to bring; left out: it looks every second. */
  readonly outboxNotices?: (listener: () => void) => () => void
}

/** Something was waited out or heals by itself: for the log, with the request that it befell if it was one. */
export type OnTrouble = (where: string, error: unknown, request?: RequestContext) => void
