import type { Gap, LocalMessage, Message, TimelineItem } from '@tidings/sdk'
import type { ReadMark } from '../channels/read-marks.ts'

/** A line of the timeline. */
export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  | { readonly kind: 'new'; readonly key: string }
  | { readonly kind: 'gap'; readonly key: string; readonly gap: Gap }
  | {
      readonly kind: 'message'
      readonly key: string
      readonly message: Message | LocalMessage
      readonly isOwn: boolean
      /** Another author than above, or much later: shows who and when. */
      readonly startsGroup: boolean
      /** The last stored message of this user: how far it has come is said in words. */
      readonly isNewestOwn: boolean
    }

export interface RowsContext {
  readonly userId: string
  /** A line stands above the first message of somebody else with a higher number. */
  readonly readSeq?: number | undefined
}

const groupPauseMs = 5 * 60_000

const dayOf = (ms: number): string => new Date(ms).toDateString()

/** Messages with their days, their groups and the line above what is new. */
export function rowsOf(items: readonly TimelineItem[], context: RowsContext): readonly Row[] {
  const { userId, readSeq } = context
  const rows: Row[] = []
  let before: Message | LocalMessage | undefined
  let day: string | undefined
  let isNewMarked = readSeq === undefined
  const newestOwn = items.findLast(
    (item) =>
      item.kind === 'message' && item.status === 'sent' && item.userId === userId && !item.deleted,
  )
  for (const item of items) {
    if (item.kind === 'gap') {
      rows.push({ kind: 'gap', key: item.key, gap: item })
      before = undefined
      continue
    }
    const isOwn = item.status !== 'sent' || item.userId === userId
    if (day !== dayOf(item.sentAt)) {
      day = dayOf(item.sentAt)
      rows.push({ kind: 'day', key: `day above ${item.key}`, at: item.sentAt })
      before = undefined
    }
    if (!isNewMarked && !isOwn && (item.channelSeq ?? 0) > (readSeq ?? 0)) {
      rows.push({ kind: 'new', key: 'new' })
      isNewMarked = true
      before = undefined
    }
    const startsGroup =
      !before || before.userId !== item.userId || item.sentAt - before.sentAt > groupPauseMs
    const isNewestOwn = item === newestOwn
    rows.push({ kind: 'message', key: item.key, message: item, isOwn, startsGroup, isNewestOwn })
    before = item
  }
  return rows
}

/** How many messages of others lie above a number. */
export const countAbove = (items: readonly TimelineItem[], seq: number, userId: string): number => {
  let count = 0
  for (let at = items.length - 1; at >= 0; at--) {
    const item = items[at]
    if (item?.kind !== 'message' || item.status !== 'sent') continue
    if (item.channelSeq <= seq) break
    if (item.userId !== userId) count++
  }
  return count
}

/** Up to where somebody has read who sees the newest message; undefined when there is none. */
export function readMarkOf(items: readonly TimelineItem[]): ReadMark | undefined {
  for (let at = items.length - 1; at >= 0; at--) {
    const item = items[at]
    // Acknowledged is not yet counted: the count comes with the event itself.
    if (item?.kind === 'message' && item.status === 'sent' && item.messageCount !== undefined) {
      return { seq: item.channelSeq, count: item.messageCount, epoch: item.epoch }
    }
  }
  return undefined
}

/** The highest number that is shown; 0 when there is none. */
export function newestSeqOf(items: readonly TimelineItem[]): number {
  for (let at = items.length - 1; at >= 0; at--) {
    const item = items[at]
    if (item?.kind === 'message' && item.status === 'sent') return item.channelSeq
    if (item?.kind === 'gap') return item.toSeq
  }
  return 0
}
