import type { ChannelEvent } from '@tidings/protocol'
import { epochOf } from '@tidings/protocol'
import type {
  OutboxItem,
  OutboxView,
  Settled,
  UnsentCommand,
} from '../../src/channel/outbox-view.js'
import { Emitter } from '../../src/emitter.js'
import type { TidingsError } from '../../src/errors.js'
import type { NewEvent } from './fake-channel.js'
import type { Line } from './fake-server.js'

export const USER = 'alice'

/** An outbox whose commands wait until the test says how they end. */
export class FakeOutbox implements OutboxView {
  readonly #emitter = new Emitter<{
    change(channelId: string): void
    settled(clientMsgId: string, result: Settled): void
  }>()
  items: OutboxItem[] = []
  readonly observed: ChannelEvent[] = []
  readonly #ends = new Map<string, (end: Settled | TidingsError) => void>()
  #count = 0

  constructor(private readonly line: Line) {}

  submit(command: UnsentCommand): { clientMsgId: string; settled: Promise<Settled> } {
    this.#count += 1
    const clientMsgId = `own${this.#count}`
    const settled = new Promise<Settled>((resolve, reject) => {
      this.#ends.set(clientMsgId, (end) => {
        if ('code' in end) reject(end)
        else resolve(end)
      })
    })
    const { channel_id: channelId } = command
    const createdAt = this.line.environment.now()
    this.items.push({ clientMsgId, channelId, command, state: 'pending', createdAt })
    this.#emitter.emit('change', channelId)
    return { clientMsgId, settled }
  }

  pending(channelId: string): readonly OutboxItem[] {
    return this.items.filter((item) => item.channelId === channelId)
  }

  on(event: 'change' | 'settled', listener: (...args: never[]) => void): () => void {
    return this.#emitter.on(event, listener as never)
  }

  observe(event: ChannelEvent): void {
    this.observed.push(event)
    if (!('client_msg_id' in event)) return
    const messageId = 'message_id' in event ? event.message_id : 'x'
    this.ack(event.client_msg_id, {
      channelId: event.channel_id,
      epoch: epochOf(event),
      channelSeq: event.channel_seq,
      messageId,
      sentAt: event.ts,
      deduplicated: false,
    })
  }

  /** The oldest command happens on the server, without an ack; returns the event. */
  perform(clientMsgId: string): ChannelEvent {
    const item = this.items.find((other) => other.clientMsgId === clientMsgId)
    if (!item) throw new Error(`no command ${clientMsgId}`)
    return this.line.channel(item.channelId).append(eventOf(item, clientMsgId))
  }

  ack(clientMsgId: string, result: Settled): void {
    const item = this.items.find((other) => other.clientMsgId === clientMsgId)
    if (!item) return
    this.items = this.items.filter((other) => other !== item)
    this.#ends.get(clientMsgId)?.(result)
    this.#emitter.emit('settled', clientMsgId, result)
    this.#emitter.emit('change', item.channelId)
  }

  /** An ack for an event that `perform` made. */
  ackFor(event: ChannelEvent): void {
    if (!('client_msg_id' in event)) return
    this.ack(event.client_msg_id, {
      channelId: event.channel_id,
      epoch: epochOf(event),
      channelSeq: event.channel_seq,
      messageId: 'message_id' in event ? event.message_id : 'x',
      sentAt: event.ts,
      deduplicated: false,
    })
  }

  /** A command is given up. */
  discard(clientMsgId: string): void {
    const item = this.items.find((other) => other.clientMsgId === clientMsgId)
    this.items = this.items.filter((other) => other !== item)
    this.#emitter.emit('change', item?.channelId ?? '')
  }

  park(clientMsgId: string, error: TidingsError): void {
    this.items = this.items.map((item) =>
      item.clientMsgId === clientMsgId ? { ...item, state: 'parked', error } : item,
    )
    this.#ends.get(clientMsgId)?.(error)
    this.#emitter.emit('change', this.items[0]?.channelId ?? '')
  }
}

function eventOf({ command }: OutboxItem, clientMsgId: string): NewEvent {
  const by = { user_id: USER, client_msg_id: clientMsgId }
  switch (command.type) {
    case 'message.send': {
      const { text, reply_to, attachments, metadata } = command
      return { type: 'message.new', ...by, text, reply_to, attachments, metadata }
    }
    case 'message.edit':
      return { type: 'message.edited', ...by, ...targetOf(command), text: command.text }
    case 'message.delete':
      return { type: 'message.deleted', ...by, ...targetOf(command) }
    case 'reaction.add':
      return { type: 'reaction.added', ...by, ...targetOf(command), emoji: command.emoji }
    case 'reaction.remove':
      return { type: 'reaction.removed', ...by, ...targetOf(command), emoji: command.emoji }
  }
}

const targetOf = ({
  target_seq,
  target_message_id,
}: {
  target_seq: number
  target_message_id: string
}) => ({ target_seq, target_message_id })
