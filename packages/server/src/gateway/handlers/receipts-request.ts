import { epochField, isId } from '@tidings/protocol'
import { receiptsOf } from '../../receipts/listing.js'
import { validMark } from '../../receipts/valid-mark.js'
import { write } from '../envelopes.js'
import { answerError, echoOf } from '../inbound.js'
import { answerAboutChannel } from './about-channel.js'
import type { Handler } from './index.js'
import { notServed } from './not-served.js'

/** How far the others are (P-95). */
export const receiptsRequest: Handler<'receipts.request'> = (core, connection, frame) => {
  const { receipts, directory } = core.parts
  if (receipts === undefined) return notServed(core, connection, frame)
  // it names the last user of the page before, and is asked of a database
  if (frame.cursor !== undefined && !isId(frame.cursor)) {
    const message = 'cursor: must be one that the server gave.'
    return answerError(core, connection, 'invalid_frame', { ...echoOf(frame), message })
  }
  return answerAboutChannel(core, connection, frame, async (channel) => {
    const { channelId } = channel
    const { epoch = 1, seq, cursor, ref } = frame
    const asked =
      seq === undefined ? undefined : validMark(channel, { epoch, seq, messageCount: 0 })
    const page = await receiptsOf(
      { receipts, directory, valid: (mark) => validMark(channel, mark) },
      { channelId, memberCount: channel.memberCount, mark: asked, after: cursor },
    )
    const envelope = { type: 'receipts.page', ref, channel_id: channelId } as const
    return {
      tell: () => connection.tell(write({ ...envelope, ...epochField(channel.epoch), ...page })),
    }
  })
}
