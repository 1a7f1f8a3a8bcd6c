import * as z from 'zod/mini'
import {
  attachments,
  clientMsgId,
  emoji,
  epoch,
  id,
  metadata,
  positiveSeq,
  ref,
  replyTo,
  text,
  timestamp,
} from './common.js'

const command = {
  ref,
  channel_id: id,
  client_msg_id: clientMsgId,
  /** Server time of the first try, the same on every retry. */
  first_try_ts: timestamp,
  epoch,
}
const target = { ...command, target_seq: positiveSeq, target_message_id: id }

export const messageSend = z.object({
  type: z.literal('message.send'),
  ...command,
  text,
  reply_to: z.optional(replyTo),
  attachments: z.optional(attachments),
  metadata: z.optional(metadata),
})
export const messageEdit = z.object({ type: z.literal('message.edit'), ...target, text })
export const messageDelete = z.object({ type: z.literal('message.delete'), ...target })
export const reactionAdd = z.object({ type: z.literal('reaction.add'), ...target, emoji })
export const reactionRemove = z.object({ type: z.literal('reaction.remove'), ...target, emoji })

export const messageAck = z
  .object({
    type: z.literal('message.ack'),
    ref,
    client_msg_id: clientMsgId,
    channel_id: id,
    epoch,
    /** Left out when `noop`: a change of nothing takes no number. */
    channel_seq: z.optional(positiveSeq),
    /** Of the message itself, or of the target of an edit, a delete or a reaction. */
    message_id: id,
    ts: timestamp,
    deduplicated: z.boolean(),
    noop: z.optional(z.boolean()),
  })
  .check(
    z.refine(({ channel_seq, noop }) => (channel_seq === undefined) === (noop === true), {
      error: 'must be there, and only, when the command is no noop',
      path: ['channel_seq'],
    }),
  )
