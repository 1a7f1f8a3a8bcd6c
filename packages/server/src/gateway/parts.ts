import type { Acceptance } from '../acceptance/port.js'
import type { Authenticator } from '../auth/port.js'
import type { EphemeralOut } from '../ephemeral/outbound.js'
import type { Directory } from '../ports/directory.js'
import type { ServerEnvironment } from '../ports/environment.js'
import type { KnownHeads } from '../ports/known-heads.js'
import type { TokenRevocation } from '../ports/limits.js'
import type { MembershipCache } from '../ports/membership.js'
import type { MessageStore } from '../ports/message-store.js'
import type { Presence } from '../ports/presence.js'
import type { Receipts } from '../ports/receipts.js'
import type { RecentEvents } from '../ports/recent-events.js'
import type { Routes } from '../ports/routes.js'
import type { OutFrame } from '../ports/socket.js'
import type { StepLog } from '../trace/steps.js'
import type { Traces } from '../trace/traces.js'
import type { GatewayMetrics } from './metrics.js'

/** What a gateway is made of. The simulator gives others than a process does, and runs the same gateway. */
export interface GatewayParts {
  /** The id of this process on the push bus and in routes. */
  readonly processId: string
  readonly environment: ServerEnvironment
  readonly authenticator: Authenticator
  readonly revocation: TokenRevocation
  readonly acceptance: Acceptance
  readonly memberships: Pick<MembershipCache, 'get' | 'fresh' | 'invalidate' | 'onChange'>
  readonly directory: Pick<
    Directory,
    'channels' | 'workspaceMember' | 'formerMemberships' | 'members' | 'membershipsOf'
  >
  readonly store: Pick<MessageStore, 'heads' | 'pages'>
  readonly routes: Routes
  /** Pages shared by all gateways; left out: what this one does not have it reads from the store. */
  readonly recent?: RecentEvents
  /** Heads that others know; left out: all are compared with the store each time (R12). */
  readonly knownHeads?: KnownHeads
  /** Brings typing, presence and receipts to the other processes; left out: none of them is served. */
  readonly ephemeral?: Pick<EphemeralOut, 'send'>
  /** Who is there, over all processes; left out: presence is not served. */
  readonly presence?: Presence
  /** How far everybody is; left out: receipts are not served. */
  readonly receipts?: Receipts
  /** Makes a frame once, for however many sockets. @default encodeTextFrame */
  readonly encodeFrame?: (text: string) => OutFrame
  /** The id of a request: it stands in every log line about it. */
  readonly nextRequestId: () => string
  /** Begins a trace for each command; left out: there are none. */
  readonly traces?: Traces | undefined
  /** Told of each event that is delivered here, and of each answer. */
  readonly steps?: StepLog | undefined
  /** The used part of the memory limit, 0 to 1; left out: not looked at. */
  readonly memoryUsed?: () => number
  readonly metrics?: GatewayMetrics
  /** Told of what should not be possible, and of dependencies that fail. */
  readonly onError?: (error: unknown, doing: string) => void
}
