import { LIMITS } from '@tidings/protocol'
import { may } from '../../permissions/permissions.js'
import { answerError, echoOf } from '../inbound.js'
import { readableChannel, refusalOf } from '../readable.js'
import { fullBucket, take } from '../token-bucket.js'
import type { Handler } from './index.js'
import { notServed } from './not-served.js'

/** How many may come at once, times the rate. */
const BURST = 5

/** Told to the others and kept nowhere; above its rate it is dropped without a word (P-96). */
export const typing: Handler<'typing'> = async (core, connection, frame) => {
  const { ephemeral } = core.parts
  if (ephemeral === undefined) return notServed(core, connection, frame)
  const { user } = connection
  if (user === undefined) return
  const perSecond = core.options.typingRatePerS
  const rate = { perSecond, burst: perSecond * BURST }
  const now = core.environment.monotonicNow()
  user.typing ??= fullBucket(rate, now)
  if (take(user.typing, rate, now) > 0) {
    core.metrics.shed('typing', 1)
    return
  }
  const channel = await readableChannel(core, connection, frame.channel_id)
  if (connection.state !== 'live') return
  if (channel === undefined) {
    const code = await refusalOf(core, connection, frame.channel_id)
    return answerError(core, connection, code, echoOf(frame))
  }
  const membership = user.memberships.get(channel.channelId)
  if (membership === undefined || user.leaving?.has(channel.channelId)) return
  if (!may(membership.role, 'typing.send')) {
    return answerError(core, connection, 'forbidden', echoOf(frame))
  }
  if (channel.memberCount > LIMITS.typingMembersMax) {
    core.metrics.shed('typing', 1)
    return
  }
  const { channelId } = channel
  ephemeral.send({ kind: 'typing', channelId, userId: user.userId, state: frame.state })
}
