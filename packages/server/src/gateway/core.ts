import type { ServerEnvironment } from '../ports/environment.js'
import type { OutFrame } from '../ports/socket.js'
import type { Admission, Refusal } from './admission.js'
import type { Authentication } from './authentication.js'
import type { Channels } from './channels.js'
import type { Commands } from './commands.js'
import type { Connections } from './connections.js'
import type { Delivery } from './delivery.js'
import type { EphemeralIn } from './ephemeral-in.js'
import type { Incoming } from './incoming.js'
import type { Lease } from './lease.js'
import type { MembershipWatch } from './membership-watch.js'
import type { GatewayMetrics } from './metrics.js'
import type { ResolvedGatewayOptions } from './options.js'
import type { GatewayParts } from './parts.js'
import type { OwnPresence } from './presence.js'
import type { Pulled } from './pulled.js'
import type { ReceiptsIn } from './receipts.js'
import type { Repair } from './repair.js'
import type { SharedPages } from './shared-pages.js'
import type { SlowReaders } from './slow-reader.js'
import type { StorePages } from './store-pages.js'
import type { StoreReader } from './store-reader.js'
import type { Users } from './users.js'

/** The parts of one gateway, for each other. Each is one file with one idea; `gateway.ts` puts them together. */
export interface Core {
  readonly parts: GatewayParts
  readonly environment: ServerEnvironment
  readonly options: ResolvedGatewayOptions
  readonly metrics: GatewayMetrics
  readonly admission: Admission
  readonly authentication: Authentication
  readonly connections: Connections
  readonly users: Users
  readonly channels: Channels
  readonly memberships: MembershipWatch
  readonly commands: Commands
  readonly incoming: Incoming
  readonly delivery: Delivery
  readonly slowReaders: SlowReaders
  readonly ephemeral: EphemeralIn
  readonly presence: OwnPresence
  readonly receipts: ReceiptsIn
  readonly pulled: Pulled
  readonly repair: Repair
  readonly store: StoreReader
  readonly shared: SharedPages
  readonly pages: StorePages
  readonly lease: Lease
  encodeFrame(text: string): OutFrame
  failed(error: unknown, doing: string): void
  /** Ends every session: each is to connect again. */
  endAll(why: Refusal): void
}
