import { LIMITS, type UserPresence } from '@tidings/protocol'
import { inParts } from '../listing.js'
import { presenceIn } from '../snapshot.js'
import { answerAboutChannel, RETRY_AFTER_MS } from './about-channel.js'
import type { Handler } from './index.js'
import { notServed } from './not-served.js'

/** Who is there, and from then on every change (P-99). */
export const presenceSubscribe: Handler<'presence.subscribe'> = async (core, connection, frame) => {
  if (core.parts.presence === undefined) return notServed(core, connection, frame)
  const asked = { channelId: frame.channel_id, isWanted: true }
  if (connection.subscribing === undefined) connection.subscribing = new Set()
  connection.subscribing.add(asked)
  await answerAboutChannel(core, connection, frame, async (channel) => {
    const watched = connection.watched?.size ?? 0
    if (watched >= LIMITS.presenceChannelsMax && !connection.watched?.has(channel)) {
      const message = `A connection is told the presence of at most ${LIMITS.presenceChannelsMax} channels.`
      return { refuse: 'rate_limited', detail: { message, retryAfterMs: RETRY_AFTER_MS } }
    }
    const users = await presenceIn(core, channel, frame.user_ids)
    return {
      tell() {
        if (asked.isWanted) channel.watch(connection)
        for (const text of snapshotTexts(frame.ref, frame.channel_id, users)) connection.tell(text)
      },
    }
  }).finally(() => connection.subscribing?.delete(asked))
}

/** One frame where it fits, else several. */
function snapshotTexts(
  ref: string,
  channelId: string,
  users: readonly UserPresence[],
): readonly string[] {
  const parts = inParts(
    users.map((user) => JSON.stringify(user)),
    LIMITS.helloAckMaxBytes,
  )
  const head = `{"type":"presence.snapshot","ref":${JSON.stringify(ref)},"channel_id":${JSON.stringify(channelId)}`
  return parts.map((part, i) => `${head},"users":[${part}],"has_more":${i < parts.length - 1}}`)
}
