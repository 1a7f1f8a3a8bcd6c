/** How far another member is; a number that is left out is 0. */
export interface MemberReceipts {
  readonly readSeq: number
  readonly deliveredSeq: number
}

export type Members = ReadonlyMap<string, MemberReceipts>

/** Most members of one channel that are kept (I7): above this many the server tells nothing of them. */
export const MEMBERS_MAX = 1_000

export const nobody: Members = new Map()
const nothing: MemberReceipts = { readSeq: 0, deliveredSeq: 0 }

const seqOf = (value: unknown): number => (Number.isSafeInteger(value) ? (value as number) : 0)

/** With what was heard of one member: each number only rises; itself if nothing does. Pure. */
export function withMember(
  members: Members,
  userId: string,
  heard: Partial<MemberReceipts>,
): Members {
  const before = members.get(userId)
  if (!before && members.size >= MEMBERS_MAX) return members
  const { readSeq, deliveredSeq } = before ?? nothing
  const next = {
    readSeq: Math.max(readSeq, heard.readSeq ?? 0),
    deliveredSeq: Math.max(deliveredSeq, heard.deliveredSeq ?? 0),
  }
  if (before && next.readSeq === readSeq && next.deliveredSeq === deliveredSeq) return members
  return new Map(members).set(userId, next)
}

/** With the rows of a page; what is no row counts for nothing. Pure. */
export function withPage(members: Members, rows: readonly unknown[]): Members {
  let next = members
  for (const row of rows) {
    const { user_id: userId, read_seq, delivered_seq } = (row ?? {}) as Record<string, unknown>
    if (typeof userId !== 'string') continue
    next = withMember(next, userId, {
      readSeq: seqOf(read_seq),
      deliveredSeq: seqOf(delivered_seq),
    })
  }
  return next
}

/** Numbering started anew above `fromSeq`. Pure. */
export const cutAt = (members: Members, fromSeq: number): Members =>
  new Map(
    [...members].map(([userId, { readSeq, deliveredSeq }]) => [
      userId,
      { readSeq: Math.min(readSeq, fromSeq), deliveredSeq: Math.min(deliveredSeq, fromSeq) },
    ]),
  )

/** Who of the others has read a number. Pure. */
export const readersOf = (members: Members, seq: number, except: ReadonlySet<string>): string[] =>
  [...members].flatMap(([userId, { readSeq }]) =>
    readSeq >= seq && !except.has(userId) ? [userId] : [],
  )

/** How far a number has come with any of the others. Pure. */
export function stateAt(
  members: Members,
  seq: number,
  except: ReadonlySet<string>,
): 'sent' | 'delivered' | 'read' {
  let state: 'sent' | 'delivered' = 'sent'
  for (const [userId, { readSeq, deliveredSeq }] of members) {
    if (except.has(userId)) continue
    if (readSeq >= seq) return 'read'
    if (deliveredSeq >= seq) state = 'delivered'
  }
  return state
}
