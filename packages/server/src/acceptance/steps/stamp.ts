import type { CommandFrame } from '@tidings/protocol'
import { epochOf } from '@tidings/protocol'
import type { ServerEnvironment } from '../../ports/environment.js'
import {
  type Command,
  type CommandPayload,
  RULES_VERSION,
  type Target,
} from '../../stream/command.js'
import { requestOf } from '../../stream/request-context.js'
import { type Draft, refuseForNow, type Step } from '../draft.js'
import type { Snowflakes } from '../snowflake.js'

/** Settles clock, chance and role, once: the fold decides on nothing else (R5). */
export function stamp(environment: Pick<ServerEnvironment, 'now'>, ids: Snowflakes): Step {
  return {
    name: 'stamp',
    run(drafts) {
      for (const draft of drafts) {
        const messageId = ids.next()
        // the node's lease may be over: an id made now could be made twice
        if (messageId === undefined) refuseForNow(draft)
        else draft.command = commandOf(draft, messageId, environment.now())
      }
    },
  }
}

function commandOf({ request, frame, membership }: Draft, messageId: string, now: number): Command {
  return {
    ...payloadOf(frame),
    channelId: frame.channel_id,
    userId: request.userId,
    clientMsgId: frame.client_msg_id,
    rules: RULES_VERSION,
    messageId,
    acceptedAt: now,
    // what the server does itself, it does with every right
    role: membership?.role ?? 'owner',
    membershipVersion: membership?.version ?? 0,
    origin: request.origin,
    ...requestOf(request),
  }
}

export function payloadOf(frame: CommandFrame): CommandPayload {
  switch (frame.type) {
    case 'message.send':
      return {
        kind: frame.type,
        text: frame.text,
        ...(frame.reply_to && { replyTo: { ...frame.reply_to, epoch: epochOf(frame) } }),
        ...(frame.attachments && { attachments: frame.attachments }),
        ...(frame.metadata && { metadata: frame.metadata }),
      }
    case 'message.edit':
      return { kind: frame.type, target: targetOf(frame), text: frame.text }
    case 'message.delete':
      return { kind: frame.type, target: targetOf(frame) }
    case 'reaction.add':
    case 'reaction.remove':
      return { kind: frame.type, target: targetOf(frame), emoji: frame.emoji }
  }
}

const targetOf = (frame: Exclude<CommandFrame, { type: 'message.send' }>): Target => ({
  epoch: epochOf(frame),
  seq: frame.target_seq,
  messageId: frame.target_message_id,
})
