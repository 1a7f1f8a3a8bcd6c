/** The suites that every adapter is held to; see each port for the MUSTs behind them. */

export { type AppendTrouble, commandLogContract, type LogHarness } from './command-log.js'
export { directoryContract } from './directory.js'
export { type ElectionHarness, electionContract } from './election.js'
export { type EnvironmentHarness, environmentContract } from './environment.js'
export { type KnownHeadsHarness, knownHeadsContract } from './known-heads.js'
export { type LimitsHarness, limitsContract } from './limits.js'
export { type LogRegistryHarness, logRegistryContract } from './log-registry.js'
export {
  type MembershipHarness,
  type MembershipSource,
  membershipCacheContract,
} from './membership.js'
export { type MessageFeedHarness, messageFeedContract } from './message-feed.js'
export {
  messageStoreContract,
  type StoreContractOptions,
  type StoreHarness,
} from './message-store.js'
export { type PresenceHarness, presenceContract } from './presence.js'
export { type ProcessesHarness, processesContract } from './processes.js'
export { type PushHarness, pushBusContract } from './push.js'
export { type ReceiptsHarness, receiptsContract } from './receipts.js'
export { recentEventsContract } from './recent-events.js'
export type { RecentEventsHarness } from './recent-events-support.js'
export { type RoutesHarness, routesContract } from './routes.js'
export { type ContractCase, type ContractRunner, collectCases } from './runner.js'
export { type SocketHarness, type SocketPeer, socketContract } from './socket.js'
export { type StoredMarksHarness, storedMarksContract } from './stored-marks.js'
