import { LIMITS, type MemberReceipts } from '@tidings/protocol'
import type { Directory } from '../ports/directory.js'
import { isFurther, type Receipts, type Watermark, type Watermarks } from '../ports/receipts.js'

export interface ReceiptsListing {
  readonly receipts: MemberReceipts[]
  readonly read_count?: number
  readonly delivered_count?: number
  readonly cursor?: string
}

export interface ReceiptsSources {
  readonly receipts: Receipts
  readonly directory: Pick<Directory, 'members'>
  /** A watermark in the channel's numbering of now. */
  readonly valid: (mark: Watermark) => Watermark
}

export interface ReceiptsAsked {
  readonly channelId: string
  readonly memberCount: number
  /** Count who has this. */
  readonly mark: Pick<Watermark, 'epoch' | 'seq'> | undefined
  readonly after: string | undefined
}

/**
 * How far the members of a channel are, a page at a time, ascending by user; and how many have a number. Of large
 * channels only the latter, then of everybody who ever was a member.
 */
export async function receiptsOf(
  sources: ReceiptsSources,
  { channelId, memberCount, mark, after }: ReceiptsAsked,
): Promise<ReceiptsListing> {
  const { receipts } = sources
  if (memberCount > LIMITS.receiptsMembersMax) {
    if (mark === undefined) return { receipts: [] }
    const { read, delivered } = await receipts.reached(channelId, mark)
    return { receipts: [], read_count: read, delivered_count: delivered }
  }
  const all = await marksOfMembers(sources, channelId)
  const from = after === undefined ? 0 : all.findIndex(({ userId }) => userId > after)
  const page = from < 0 ? [] : all.slice(from, from + LIMITS.receiptsPageMax)
  const last = page.at(-1)
  const reached = (kind: 'read' | 'delivered') =>
    all.filter((marks) => {
      const own = marks[kind]
      return mark !== undefined && own !== undefined && !isFurther(mark, sources.valid(own))
    }).length
  return {
    receipts: page.map(({ userId, read, delivered }) => ({
      user_id: userId,
      ...(read !== undefined && { read_seq: sources.valid(read).seq }),
      ...(delivered !== undefined && { delivered_seq: sources.valid(delivered).seq }),
    })),
    ...(mark !== undefined && {
      read_count: reached('read'),
      delivered_count: reached('delivered'),
    }),
    ...(last !== undefined && last !== all.at(-1) && { cursor: last.userId }),
  }
}

/** Watermarks of who is a member now; both lists are bounded by what a channel may have to be listed at all. */
async function marksOfMembers(
  { receipts, directory }: ReceiptsSources,
  channelId: string,
): Promise<readonly Watermarks[]> {
  // some may have left: those are among the watermarks and not among the members
  const [members, marks] = await Promise.all([
    directory.members(channelId, { limit: LIMITS.receiptsMembersMax * 2 }),
    receipts.inChannel(channelId, { limit: LIMITS.receiptsMembersMax * 10 }),
  ])
  const now = new Set(members.map(({ userId }) => userId))
  return marks
    .filter(({ userId }) => now.has(userId))
    .sort((a, b) => (a.userId < b.userId ? -1 : 1))
}
