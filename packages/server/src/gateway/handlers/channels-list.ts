import { type ClientFrames, LIMITS } from '@tidings/protocol'
import type { Membership } from '../../ports/membership.js'
import type { Connection } from '../connection.js'
import type { Core } from '../core.js'
import { behind, cursorAfter } from '../cursor.js'
import { entryOf } from '../entries.js'
import { answerError, echoOf } from '../inbound.js'
import { follow, inParts, type Listed, list } from '../listing.js'
import type { Handler } from './index.js'

/** The user's channels beyond what `hello_ack` held; what is told here is followed from here on. */
export const channelsList: Handler<'channels.list'> = async (core, connection, frame) => {
  const { user } = connection
  if (user === undefined) return
  let chosen: readonly Membership[] | undefined = []
  await list(core, user, {
    choose: (all) => {
      chosen = choose(all, frame)
      return chosen ?? []
    },
    tell(listed, all) {
      if (connection.state === 'live') tell(core, connection, frame, listed, all, chosen)
    },
  })
}

/** Undefined: the cursor is none of ours. */
function choose(
  all: readonly Membership[],
  { channel_ids, cursor, limit = LIMITS.channelsPageMax }: ClientFrames['channels.list'],
): readonly Membership[] | undefined {
  const wanted = channel_ids && new Set(channel_ids)
  return behind(all, cursor)
    ?.filter(({ channelId }) => wanted === undefined || wanted.has(channelId))
    .slice(0, limit)
}

function tell(
  core: Core,
  connection: Connection,
  frame: ClientFrames['channels.list'],
  listed: readonly Listed[],
  all: readonly Membership[],
  chosen: readonly Membership[] | undefined,
): void {
  if (chosen === undefined) {
    const message = 'cursor: must be one that the server gave.'
    answerError(core, connection, 'invalid_frame', { ...echoOf(frame), message })
    return
  }
  const max = core.options.maxChannelsPerConnection
  const added = listed.filter(({ channel }) => !connection.channels.has(channel)).length
  if (connection.channels.size + added > max) {
    const message = `A connection follows at most ${max} channels.`
    answerError(core, connection, 'payload_too_large', { ...echoOf(frame), message })
    return
  }
  const entries = listed.map(({ channel, membership }) =>
    JSON.stringify(entryOf(channel, membership, connection.user)),
  )
  for (const one of listed) follow(core, connection, one)
  const last = chosen.at(-1)?.channelId
  const more =
    frame.channel_ids === undefined && last !== undefined && last !== all.at(-1)?.channelId
  const parts = inParts(entries, LIMITS.helloAckMaxBytes)
  parts.forEach((part, i) => {
    const isLast = i === parts.length - 1
    const rest = JSON.stringify({
      ...(frame.ref !== undefined && { ref: frame.ref }),
      ...(more && isLast && { cursor: cursorAfter(all, last) }),
    }).slice(1)
    connection.tell(
      `{"type":"channels.page","channels":[${part}]${rest === '}' ? rest : `,${rest}`}`,
    )
  })
}
