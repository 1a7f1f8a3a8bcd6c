import { type CommandFrame, epochField } from '@tidings/protocol'
import { check } from '../arguments.js'
import type { Environment } from '../environment/port.js'
import { localMessage } from '../timeline/echoes.js'
import type { LocalMessage, Message, MessageRef } from './items.js'
import { toSnake } from './names.js'
import type { OutboxView, Settled, UnsentCommand } from './outbox-view.js'

/** What to send. */
export interface Draft {
  readonly text: string
  /** The message that this one answers. */
  readonly replyTo?: MessageRef | undefined
  readonly attachments?: Message['attachments'] | undefined
  /** The application's own; at most 4 KiB of JSON. */
  readonly metadata?: Message['metadata'] | undefined
}

/** A send that is durable (I1). Names its message to `edit`, `delete` and `react`. */
export interface Sent extends MessageRef {
  readonly channelId: string
  /** Unix milliseconds, by the server. */
  readonly sentAt: number
  /** The server had it already: this was a repeat (I3). */
  readonly deduplicated: boolean
}

/** A change that is durable; `channelSeq` is undefined if it changed nothing. */
export interface Changed {
  readonly channelId: string
  readonly epoch: number
  readonly channelSeq: number | undefined
  readonly deduplicated: boolean
}

/** A send under way: a promise of its end, with what is known at once. */
export interface Sending extends Promise<Sent> {
  readonly clientMsgId: string
  /** The local echo, as the timeline shows it until the message itself is there. */
  readonly message: LocalMessage
}

export interface CommandOptions {
  /** Gives the command up; the rejection's `outcome` says what became of it. */
  readonly signal?: AbortSignal | undefined
}

export interface Commands {
  /**
   * Sends a message, offline too: it waits in the outbox. Settles when it is durable; rejects only
   * when the server refused it, `signal` was aborted, the outbox is full, or the client is closed.
   */
  send(draft: string | Draft, options?: CommandOptions): Sending
  edit(message: MessageRef, text: string, options?: CommandOptions): Promise<Changed>
  delete(message: MessageRef, options?: CommandOptions): Promise<Changed>
  react(message: MessageRef, emoji: string, options?: CommandOptions): Promise<Changed>
  unreact(message: MessageRef, emoji: string, options?: CommandOptions): Promise<Changed>
}

/** The commands of one channel: each goes to the outbox, and from there, in order, to the server. */
export function createCommands(
  channelId: string,
  outbox: OutboxView,
  environment: Environment,
  userId: () => string | undefined,
): Commands {
  /** What nobody waits for may fail quietly: of a send the outbox and the timeline show it. */
  const quiet = <P extends Promise<unknown>>(promise: P): P => {
    promise.catch(() => {})
    return promise
  }

  const change = async (
    type: Exclude<CommandFrame['type'], 'message.send'>,
    message: MessageRef,
    options: CommandOptions | undefined,
    more?: { text: string } | { emoji: string },
  ): Promise<Changed> => {
    const { seq, message_id, ...epoch } = refOf(message)
    const target = { target_seq: seq, target_message_id: message_id }
    const command = { type, channel_id: channelId, ...epoch, ...target, ...more } as UnsentCommand
    const { messageId, sentAt, ...changed } = await outbox.submit(command, options).settled
    return changed
  }

  return {
    send(draft, options) {
      const { text, replyTo, attachments, metadata } =
        typeof draft === 'string' ? ({ text: draft } as Draft) : (draft ?? {})
      const { seq, message_id, ...epoch } = replyTo ? refOf(replyTo) : ({} as Partial<Ref>)
      const command = {
        type: 'message.send',
        channel_id: channelId,
        ...epoch,
        text,
        reply_to: replyTo ? { seq, message_id } : undefined,
        attachments: toSnake(attachments),
        metadata,
      } as UnsentCommand
      const { clientMsgId, settled } = outbox.submit(command, options)
      const item = { clientMsgId, channelId, command, state: 'pending' } as const
      const message = localMessage({ ...item, createdAt: environment.now() }, userId())
      return Object.assign(quiet(settled.then(sentOf)), { clientMsgId, message })
    },
    edit: (message, text, options) => quiet(change('message.edit', message, options, { text })),
    delete: (message, options) => quiet(change('message.delete', message, options)),
    react: (message, emoji, options) => quiet(change('reaction.add', message, options, { emoji })),
    unreact: (message, emoji, options) =>
      quiet(change('reaction.remove', message, options, { emoji })),
  }
}

type Ref = ReturnType<typeof refOf>

/** Number and id together: a bare number could be another message by now. */
function refOf(message: MessageRef) {
  const { channelSeq, messageId, epoch = 1 } = message ?? {}
  const isRef = Number.isSafeInteger(channelSeq) && typeof messageId === 'string'
  check('message', message, isRef, 'one that was sent, or the result of a send')
  return { seq: channelSeq, message_id: messageId, ...epochField(epoch) }
}

const sentOf = ({ channelSeq = 0, ...sent }: Settled): Sent => ({ ...sent, channelSeq })
