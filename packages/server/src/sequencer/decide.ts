import type { TargetState } from '../ports/message-store.js'
import type { Command, LogRecord, Target } from '../stream/command.js'
import type { ChannelState } from '../stream/event.js'
import {
  type Decision,
  type EffectBody,
  type EventBody,
  type Numbered,
  noop,
  reject,
} from './decision.js'
import { raiseEpoch, raiseRetention } from './raise.js'
import { findTarget } from './target.js'

type CommandOf<K extends Command['kind']> = Extract<Command, { kind: K }>

const NOT_FOUND = reject('not_found', 'There is no such message at that number.')
const DELETED = reject('conflict', 'The message is deleted.')
const NOT_THE_AUTHOR = reject('forbidden', 'Only its author may edit a message.')
const NOT_A_MODERATOR = reject(
  'forbidden',
  'Only its author, an owner or an admin may delete a message.',
)

/**
 * R5: accepts or rejects a command that is not a repeat, only on what the log below it has fixed and on what
 * was stamped at acceptance. `loaded` is the row that the command names.
 */
export function decide(
  record: LogRecord,
  state: ChannelState,
  loaded: TargetState | undefined,
): Decision {
  const { command } = record
  switch (command.kind) {
    case 'message.send':
      return send(record, command, state, loaded)
    case 'message.edit':
      return edit(record, command, state, loaded)
    case 'message.delete':
      return remove(record, command, state, loaded)
    case 'reaction.add':
    case 'reaction.remove':
      return react(record, command, state, loaded)
    case 'member.join':
      return plain(command, { type: 'member.joined', role: command.role, ...by(command.byUserId) })
    case 'member.leave':
      return plain(command, {
        type: 'member.left',
        reason: command.reason,
        ...by(command.byUserId),
      })
    case 'channel.update':
      return plain(command, {
        type: 'channel.updated',
        ...(command.name !== undefined && { name: command.name }),
        ...(command.member !== undefined && { member: command.member }),
      })
    case 'epoch.raise':
      return raiseEpoch(record, command, state, loaded)
    case 'retention.raise':
      return raiseRetention(record, command, state)
  }
}

function send(
  record: LogRecord,
  command: CommandOf<'message.send'>,
  state: ChannelState,
  loaded: TargetState | undefined,
): Decision {
  const { messageId, text, replyTo, attachments, metadata } = command
  let effect: Numbered['effect']
  if (replyTo !== undefined) {
    const named = { epoch: replyTo.epoch, seq: replyTo.seq, messageId: replyTo.message_id }
    const root = findTarget(record, state, named, loaded)
    if (!root.found) return NOT_FOUND
    if (root.deleted) return DELETED
    effect = { seq: replyTo.seq, body: { kind: 'reply' } }
  }
  const body: EventBody = {
    type: 'message.new',
    message_id: messageId,
    text,
    ...(replyTo && { reply_to: { seq: replyTo.seq, message_id: replyTo.message_id } }),
    ...(attachments && { attachments: [...attachments] }),
    ...(metadata && {
      metadata: metadata as Extract<EventBody, { type: 'message.new' }>['metadata'],
    }),
  }
  return { verdict: 'number', messageId, body, ...(effect && { effect }) }
}

/** An edit always takes a number, whatever its text. */
function edit(
  record: LogRecord,
  { target, text, userId }: CommandOf<'message.edit'>,
  state: ChannelState,
  loaded: TargetState | undefined,
): Decision {
  const found = findTarget(record, state, target, loaded)
  if (!found.found) return NOT_FOUND
  if (found.target.userId !== userId) return NOT_THE_AUTHOR
  if (found.deleted) return DELETED
  return onTarget(
    target,
    { type: 'message.edited', ...names(target), text },
    { kind: 'edit', text },
  )
}

function remove(
  record: LogRecord,
  { target, userId, role }: CommandOf<'message.delete'>,
  state: ChannelState,
  loaded: TargetState | undefined,
): Decision {
  const found = findTarget(record, state, target, loaded)
  if (!found.found) return NOT_FOUND
  const moderates = role === 'owner' || role === 'admin'
  if (found.target.userId !== userId && !moderates) return NOT_A_MODERATOR
  if (found.deleted) return noop(target.messageId)
  return onTarget(target, { type: 'message.deleted', ...names(target) }, { kind: 'delete' })
}

function react(
  record: LogRecord,
  command: CommandOf<'reaction.add' | 'reaction.remove'>,
  state: ChannelState,
  loaded: TargetState | undefined,
): Decision {
  const { target, emoji, userId } = command
  const found = findTarget(record, state, target, loaded)
  if (!found.found) return NOT_FOUND
  if (found.deleted) return DELETED
  const present = command.kind === 'reaction.add'
  if (found.target.reactionPresent === present) return noop(target.messageId)
  const type = present ? 'reaction.added' : 'reaction.removed'
  return onTarget(
    target,
    { type, ...names(target), emoji },
    { kind: 'reaction', emoji, userId, present },
  )
}

const plain = (command: Command, body: EventBody): Numbered => ({
  verdict: 'number',
  messageId: command.messageId,
  body,
})

const onTarget = (target: Target, body: EventBody, effect: EffectBody): Numbered => ({
  verdict: 'number',
  messageId: target.messageId,
  body,
  effect: { seq: target.seq, body: effect },
})

const names = (target: Target) => ({ target_seq: target.seq, target_message_id: target.messageId })

const by = (userId: string | undefined) => (userId === undefined ? {} : { by_user_id: userId })
