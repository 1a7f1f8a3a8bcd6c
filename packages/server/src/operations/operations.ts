import type { ChannelOperations } from './channels.js'
import type { HistoryOperations } from './history.js'
import type { MessageOperations } from './messages.js'
import type { PresenceOperations } from './presence.js'
import type { ReceiptOperations } from './receipts.js'
import type { SessionOperations } from './sessions.js'
import type { WorkspaceOperations } from './workspaces.js'

/** What users and servers may do, wherever they ask. */
export interface Operations {
  readonly workspaces: WorkspaceOperations
  readonly channels: ChannelOperations
  readonly messages: MessageOperations
  readonly history: HistoryOperations
  readonly sessions: SessionOperations
  readonly receipts: ReceiptOperations
  readonly presence: PresenceOperations
  /** Names a request in log lines and answers, also when the lease of the node number is over. */
  readonly nextRequestId: () => string
}
