import { testAck, testEntry } from '../../src/testing/frames.js'
import type { VirtualWorld } from '../../src/testing/virtual-environment.js'
import type { AnyEnvelope, VirtualServerSocket } from '../../src/testing/virtual-socket.js'

interface StoredEvent {
  readonly type: string
  readonly channel_seq: number
  readonly user_id: string
  readonly client_msg_id: string
  readonly [field: string]: unknown
}

/**
 * A server of one channel, `general`, in a few lines: it numbers, remembers ids, acknowledges, tells
 * every connection, and answers backfills. Tokens are the names of users. Tests bend it by `before`.
 */
export class FakeServer {
  readonly events: StoredEvent[] = []
  readonly #users = new Map<VirtualServerSocket, string>()
  /** Looks at each envelope first; true: the server does nothing about it. */
  before: (envelope: AnyEnvelope, socket: VirtualServerSocket) => boolean = () => false
  /** How often each command arrived. */
  readonly arrivals = new Map<string, number>()

  constructor(private readonly world: VirtualWorld) {
    this.start()
  }

  start(): void {
    this.world.onSocket = (socket) => this.#accept(socket)
  }

  /** Cuts every line and refuses new ones; what is stored stays. */
  stop(): void {
    this.world.onSocket = (socket) => socket.refuse()
    for (const socket of this.connections) socket.cut()
  }

  get connections(): VirtualServerSocket[] {
    return [...this.#users.keys()]
  }

  /** Something that another user says. */
  say(text: string, userId = 'bob'): void {
    this.#append({ type: 'message.new', text, client_msg_id: `${userId} ${text}` }, userId)
  }

  #accept(socket: VirtualServerSocket): void {
    socket.accept()
    socket.onClosed = () => this.#users.delete(socket)
    socket.onEnvelope = (envelope) => {
      if (!this.before(envelope, socket)) this.#take(envelope, socket)
    }
  }

  #take(envelope: AnyEnvelope, socket: VirtualServerSocket): void {
    const { type, ref, ts, token } = envelope
    if (type === 'hello') {
      this.#users.set(socket, String(token))
      socket.send(
        testAck({
          user_id: String(token),
          server_ts: this.world.wallMs(),
          channels: [this.#entry()],
        }),
      )
    } else if (type === 'ping') socket.send({ type: 'pong', ts })
    else if (type === 'channels.list') {
      socket.send({ type: 'channels.page', ref, channels: [this.#entry()] })
    } else if (type === 'backfill.request') this.#backfill(envelope, socket)
    else if (typeof envelope.client_msg_id === 'string') this.#command(envelope, socket)
  }

  #command(envelope: AnyEnvelope, socket: VirtualServerSocket): void {
    const id = String(envelope.client_msg_id)
    this.arrivals.set(id, (this.arrivals.get(id) ?? 0) + 1)
    const userId = this.#users.get(socket) ?? ''
    const known = this.events.find((event) => event.client_msg_id === id)
    const event = known ?? this.#append(made(envelope), userId)
    socket.send({
      type: 'message.ack',
      client_msg_id: id,
      channel_id: 'general',
      channel_seq: event.channel_seq,
      message_id: event.message_id ?? event.target_message_id,
      ts: event.ts,
      deduplicated: known !== undefined,
    })
  }

  #append(fields: { type: string } & Record<string, unknown>, userId: string): StoredEvent {
    const seq = this.events.length + 1
    const isMessage = fields.type === 'message.new'
    const event: StoredEvent = {
      ...fields,
      channel_id: 'general',
      channel_seq: seq,
      message_count: this.#count() + (isMessage ? 1 : 0),
      user_id: userId,
      client_msg_id: String(fields.client_msg_id),
      ts: this.world.wallMs(),
      ...(isMessage && { message_id: `id ${seq}` }),
    }
    this.events.push(event)
    for (const socket of this.connections) socket.send(event)
    return event
  }

  #backfill(envelope: AnyEnvelope, socket: VirtualServerSocket): void {
    const after = Number(envelope.after_seq ?? 0)
    const before = Number(envelope.before_seq ?? this.events.length + 1)
    const limit = Number(envelope.limit)
    const range = this.events.slice(after, Math.max(after, before - 1))
    const isForward = envelope.direction === 'forward'
    const page = isForward ? range.slice(0, limit) : range.slice(-limit)
    const shown = envelope.only === 'messages' ? page.filter(isMessageNew) : page
    socket.send({
      type: 'message.backfill',
      ref: envelope.ref,
      channel_id: 'general',
      from_seq: page[0]?.channel_seq ?? after + 1,
      to_seq: page.at(-1)?.channel_seq ?? after,
      as_of_seq: this.events.length,
      head_seq: this.events.length,
      oldest_seq: 1,
      messages: shown,
      has_more: page.length < range.length,
    })
  }

  #entry(): ReturnType<typeof testEntry> {
    return testEntry({ head_seq: this.events.length, message_count: this.#count() })
  }

  #count(): number {
    return this.events.filter(isMessageNew).length
  }
}

const isMessageNew = ({ type }: StoredEvent): boolean => type === 'message.new'

const EVENT_OF: Readonly<Record<string, string>> = {
  'message.send': 'message.new',
  'message.edit': 'message.edited',
  'message.delete': 'message.deleted',
  'reaction.add': 'reaction.added',
  'reaction.remove': 'reaction.removed',
}

function made({ type, first_try_ts, ref, ...fields }: AnyEnvelope) {
  return { ...fields, type: EVENT_OF[type] ?? type }
}
