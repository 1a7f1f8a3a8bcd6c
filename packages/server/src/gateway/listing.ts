import { utf8Bytes } from '@tidings/protocol'
import type { Membership } from '../ports/membership.js'
import type { Channel } from './channel.js'
import type { Connection } from './connection.js'
import type { Core } from './core.js'
import { loadCountsBelow } from './counts-below.js'
import type { UserSessions } from './users.js'

/** A channel that a session is about to be told, under a membership that is as new as it can be. */
export interface Listed {
  readonly channel: Channel
  readonly membership: Membership
}

export interface Listing {
  /** It greets a session: what is known of how far the user has read is read anew. */
  readonly isFirst?: boolean
  /** Which of all the user's memberships, newest first, are to be told. */
  choose(all: readonly Membership[]): readonly Membership[]
  /** What else must be known before; asked again when what is to be told has changed. */
  prepare?(listed: readonly Listed[]): Promise<void>
  /** Tells, and follows, without waiting: nothing can come between an entry and the first event after it (R12). */
  tell(listed: readonly Listed[], all: readonly Membership[]): void
}

/** Rounds in which memberships may change under our hands; what still changes then is told when it has settled. */
const ROUNDS_MAX = 5

/**
 * Tells a session channels: each followed before, each membership read after the session was registered and not
 * changed since (R13). Rejects when a dependency does.
 */
export async function list(core: Core, user: UserSessions, listing: Listing): Promise<void> {
  await user.watch(async (touched) => {
    const [all] = await Promise.all([
      core.parts.memberships.fresh(user.userId),
      core.receipts.load(user, listing.isFirst === true),
    ])
    const chosen = listing.choose(all)
    const opened = await core.channels.open(chosen.map((membership) => membership.channelId))
    let listed = chosen.flatMap((membership, i) => {
      const channel = opened[i]
      return channel === undefined ? [] : [{ channel, membership }]
    })
    await Promise.all([loadCountsBelow(core, listed), listing.prepare?.(listed)])
    const changed = new Set<string>()
    let late: ReadonlySet<string> = new Set()
    for (let round = 1; touched.size > 0; round++) {
      late = new Set(touched)
      for (const channelId of late) changed.add(channelId)
      if (round > ROUNDS_MAX) break
      touched.clear()
      listed = await readAgain(core, user, listed, late)
      await Promise.all([loadCountsBelow(core, listed), listing.prepare?.(listed)])
      late = new Set()
    }
    listing.tell(
      listed.filter(({ channel }) => channel.status === 'open' && !late.has(channel.channelId)),
      all,
    )
    user.hasUnlisted = all.some(({ channelId }) => !user.memberships.has(channelId))
    // what was joined meanwhile is not among them
    for (const channelId of changed) void core.memberships.reconcile(user, channelId)
  })
}

async function readAgain(
  core: Core,
  user: UserSessions,
  listed: readonly Listed[],
  touched: ReadonlySet<string>,
): Promise<Listed[]> {
  const checked = await Promise.all(
    listed.map(async (one): Promise<Listed | undefined> => {
      const { channelId } = one.channel
      if (!touched.has(channelId)) return one
      const membership = await core.parts.memberships.get(channelId, user.userId)
      return membership && { channel: one.channel, membership }
    }),
  )
  return checked.filter((one) => one !== undefined)
}

/** From here on the session gets the channel's events; whoever calls this tells it the entry in the same breath. */
export function follow(core: Core, connection: Connection, { channel, membership }: Listed): void {
  core.delivery.flushChannel(channel)
  const { user } = connection
  const known = user?.memberships.get(channel.channelId)
  if (known === undefined || known.version < membership.version) user?.keep(channel, membership)
  channel.follow(connection, membership.visibleFromSeq ?? 1)
}

/** Parts of a list of JSON texts, each of at most so many bytes; at least one part. */
export function inParts(texts: readonly string[], maxBytes: number): readonly string[] {
  const parts: string[][] = [[]]
  let bytes = 0
  for (const text of texts) {
    const size = utf8Bytes(text) + 1
    if (bytes > 0 && bytes + size > maxBytes) {
      parts.push([])
      bytes = 0
    }
    parts.at(-1)?.push(text)
    bytes += size
  }
  return parts.map((part) => part.join(','))
}
