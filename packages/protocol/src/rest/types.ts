/** The types of the REST API; they come from its schemas and cost nothing at run time. */
import type * as z from 'zod/mini'
import type { failure } from './common.js'
import type * as directory from './directory.js'
import type * as ephemeral from './ephemeral.js'
import type * as messages from './messages.js'

export type RestFailure = z.infer<typeof failure>
export type RestUser = z.infer<typeof directory.user>
export type RestWorkspace = z.infer<typeof directory.workspace>
export type RestWorkspaceMember = z.infer<typeof directory.workspaceMember>
export type RestChannel = z.infer<typeof directory.channel>
export type RestMember = z.infer<typeof directory.member>
export type RestSent = z.infer<typeof messages.sent>
export type RestHistory = z.infer<typeof messages.history>
export type RestPostMessage = z.input<typeof messages.postMessage>
export type RestPatchMessage = z.input<typeof messages.patchMessage>
export type RestHistoryQuery = z.input<typeof messages.historyQuery>
export type RestReceipts = z.infer<typeof ephemeral.receipts>
export type RestPutReceipt = z.input<typeof ephemeral.putReceipt>
export type RestUserPresence = z.infer<typeof ephemeral.userPresence>
export type RestPutPresence = z.input<typeof ephemeral.putPresence>
export interface RestPage<T> {
  readonly items: T[]
  readonly next_cursor?: string
}
