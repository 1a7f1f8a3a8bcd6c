import { type ClientFrames, LIMITS, type ServerFrames, utf8Bytes } from '@tidings/protocol'
import type { FormerMembership } from '../ports/directory.js'
import type { Membership } from '../ports/membership.js'
import { validUpTo } from '../stream/event.js'
import type { Channel } from './channel.js'
import type { Connection } from './connection.js'
import type { Core } from './core.js'
import { cursorAfter } from './cursor.js'
import { entryOf } from './entries.js'
import { write } from './envelopes.js'
import { follow, inParts, type Listed, list } from './listing.js'

type Named = ReadonlyMap<string, { readonly seq: number; readonly epoch: number }>

/**
 * Answers a hello. The order is the promise: the session is registered, then memberships are read (R13); routes
 * are registered, then heads are read, then the client is told (R12). Resolves to false when the connection was
 * refused or ended meanwhile; rejects when a dependency does.
 */
export async function greet(
  core: Core,
  connection: Connection,
  hello: ClientFrames['hello'],
): Promise<boolean> {
  const { greeting } = connection
  const token = greeting?.token ?? hello.token
  const checking = greeting?.authenticated ?? core.authentication.check(token)
  if (greeting !== undefined) greeting.authenticated = checking
  const authenticated = await checking
  if (connection.state !== 'greeting') return false
  if (!authenticated.ok) {
    core.connections.refuse(connection, authenticated.refusal)
    return false
  }
  core.connections.identified(connection, authenticated.identity)
  connection.deviceId = hello.device_id
  const user = core.users.register(authenticated.identity.userId, connection)
  const named: Named = new Map(
    Object.entries(hello.last_seq_map).map(([channelId, last]) => [
      channelId,
      typeof last === 'number' ? { seq: last, epoch: 1 } : { seq: last[0], epoch: last[1] },
    ]),
  )
  let chosen: readonly Membership[] = []
  let former: readonly FormerMembership[] = []
  let greeted = false
  await list(core, user, {
    isFirst: true,
    choose: (all) => (chosen = choose(all, named)),
    async prepare(listed) {
      const missing = notAmong(listed, named)
      const { userId } = user
      const [read] = await Promise.all([
        missing.length === 0 ? [] : core.parts.directory.formerMemberships(userId, missing),
        readAhead(core, listed, named),
      ])
      former = read
    },
    tell(listed, all) {
      if (connection.state !== 'greeting') return
      tell(core, connection, hello, named, listed, all, chosen, former)
      greeted = true
    },
  })
  return greeted
}

/** All named channels, and the newest of the others. */
function choose(all: readonly Membership[], named: Named): readonly Membership[] {
  let others = 0
  return all.filter(({ channelId }) => named.has(channelId) || others++ < LIMITS.helloAckChannels)
}

/** What the client named and is not told: no channel of theirs, or none any more. */
function notAmong(listed: readonly Listed[], named: Named): readonly string[] {
  const told = new Set(listed.map(({ channel }) => channel.channelId))
  return [...named.keys()].filter((channelId) => !told.has(channelId))
}

/** Where the client is ahead of what this gateway knows, the store is asked again before that is called void. */
async function readAhead(core: Core, listed: readonly Listed[], named: Named): Promise<void> {
  const ahead = listed.filter(({ channel }) => {
    const last = named.get(channel.channelId)
    return last !== undefined && isAhead(channel, last)
  })
  await Promise.all(ahead.map(({ channel }) => core.repair.refresh(channel)))
}

const isAhead = (channel: Channel, last: { seq: number; epoch: number }): boolean =>
  last.epoch > channel.epoch || (last.epoch === channel.epoch && last.seq > channel.knownHead)

/** The number above which what the client named is void; undefined: it goes on where it was. */
function voidAbove(
  channel: Channel,
  last: { seq: number; epoch: number } | undefined,
): number | undefined {
  if (last === undefined) return undefined
  if (last.epoch < channel.epoch) return validUpTo(channel.epochs, last.epoch)
  return isAhead(channel, last) ? channel.lastSeq : undefined
}

function tell(
  core: Core,
  connection: Connection,
  hello: ClientFrames['hello'],
  named: Named,
  listed: readonly Listed[],
  all: readonly Membership[],
  chosen: readonly Membership[],
  former: readonly FormerMembership[],
): void {
  const { environment, options } = core
  const { identity } = connection
  if (identity === undefined) return
  // P-22: who never was a member does not learn whether there is such a channel
  const reasons = new Map(former.map(({ channelId, reason }) => [channelId, reason]))
  const gone = notAmong(listed, named).map((channel_id) => ({
    channel_id,
    reason: reasons.get(channel_id) ?? ('not_found' as const),
  }))
  let reset = false
  const entries = listed.map((one) => {
    const fromSeq = voidAbove(one.channel, named.get(one.channel.channelId))
    if (fromSeq !== undefined) reset = true
    return JSON.stringify(entryOf(one.channel, one.membership, connection.user, fromSeq))
  })
  const cursor = chosen.length < all.length ? cursorAfter(all, lastOther(chosen, named)) : undefined
  const [bare, end] = emptyAck({
    type: 'hello_ack',
    ...(hello.ref !== undefined && { ref: hello.ref }),
    user_id: identity.userId,
    session_id: connection.id,
    server_ts: environment.now(),
    ...expiry(connection.expiresAt - environment.monotonicNow()),
    limits: options.limits,
    resume: named.size === 0 ? 'none' : gone.length > 0 || reset ? 'partial' : 'full',
    gone,
    ...(cursor !== undefined && { channels_cursor: cursor }),
    channels: [],
  })
  const room = LIMITS.helloAckMaxBytes - utf8Bytes(bare) - end.length
  const [first = '', ...rest] = inParts(entries, Math.max(0, room))
  core.connections.greeted(connection)
  for (const one of listed) follow(core, connection, one)
  connection.tell(`${bare}${first}${end}`)
  // the ack is the first frame, and a frame of its own
  connection.seal()
  for (const part of rest) connection.tell(`{"type":"channels.page","channels":[${part}]}`)
}

/** The ack up to where its channels go, and what follows them. */
function emptyAck(ack: ServerFrames['hello_ack']): [string, string] {
  const end = ']}'
  return [write(ack).slice(0, -end.length), end]
}

/** For frames that say how long a token lasts: nothing when it does not expire. */
export const expiry = (inMs: number): { token_expires_in_ms?: number } =>
  Number.isFinite(inMs) ? { token_expires_in_ms: Math.max(0, Math.floor(inMs)) } : {}

/** The last of those that were listed without being named: the list goes on after it. */
const lastOther = (chosen: readonly Membership[], named: Named): string | undefined =>
  chosen.findLast(({ channelId }) => !named.has(channelId))?.channelId
