import type { ChannelEvent, ClientFrame, ServerFrame, ServerFrames } from '@tidings/protocol'
import { epochField, epochOf } from '@tidings/protocol'
import type {
  OutboxItem,
  OutboxView,
  Settled,
  UnsentCommand,
} from '../../src/channel/outbox-view.js'
import {
  type ChannelSync,
  type ChannelSyncOptions,
  createChannelSync,
} from '../../src/channel/sync.js'
import type { Connection, ConnectionEvents } from '../../src/connection/port.js'
import { Emitter } from '../../src/emitter.js'
import { errorOfFrame, TidingsError } from '../../src/errors.js'
import { testAck } from '../../src/testing/frames.js'
import { type VirtualEnvironment, VirtualWorld } from '../../src/testing/virtual-environment.js'
import { type CachedChannel, FakeChannel, type NewEvent } from './fake-channel.js'

export const USER = 'alice'

/** A request on its way, and what answers it. */
export interface Asked {
  readonly frame: ClientFrame
  readonly answer: (frame: ServerFrame) => void
  readonly fail: (error: TidingsError) => void
}

/**
 * A server with channels, the line to it, and a client's channels at its end. Answers come after
 * `latencyMs` unless `onRequest` takes them; live frames come at once unless `onPush` takes them.
 */
export class Line {
  readonly world = new VirtualWorld()
  readonly environment: VirtualEnvironment = this.world.createEnvironment()
  readonly channels = new Map<string, FakeChannel>()
  readonly connection = new FakeConnection(this)
  readonly outbox = new FakeOutbox(this)
  readonly sync: ChannelSync
  latencyMs = 10
  /** Every request that was made. */
  readonly requests: ClientFrame[] = []
  onRequest: (asked: Asked) => void = (asked) => {
    this.environment.setTimer(() => this.answer(asked), this.latencyMs)
  }
  onPush: (frame: ServerFrame) => void = (frame) => this.connection.receive(frame)
  /** What pages are read from instead of the channel. */
  cache: CachedChannel | undefined
  /** Channels that `hello_ack` does not name though they are named in `hello`. */
  readonly unnamed = new Set<string>()

  constructor(options: ChannelSyncOptions = {}, channels: readonly string[] = ['general']) {
    for (const id of channels) this.channels.set(id, new FakeChannel(id))
    this.sync = createChannelSync(this.connection, this.environment, this.outbox, {
      userId: USER,
      ...options,
    })
  }

  channel(id = 'general'): FakeChannel {
    const channel = this.channels.get(id)
    if (!channel) throw new Error(`no channel ${id}`)
    return channel
  }

  /** An event happens, and is pushed. */
  happen(event: NewEvent, id?: string): ChannelEvent {
    const full = this.channel(id).append(event)
    if (this.connection.canSend) this.onPush(full)
    return full
  }

  say(text: string, id?: string): ChannelEvents['message.new'] {
    return this.happen({ type: 'message.new', text }, id) as ChannelEvents['message.new']
  }

  /** Numbers start anew above `from`; the client is told. */
  reset(from: number, id?: string): void {
    const channel = this.channel(id)
    channel.reset(from)
    this.onPush({
      type: 'channel.reset',
      channel_id: channel.id,
      ...epochField(channel.epoch),
      from_seq: from,
    })
  }

  connect(): void {
    const named = new Map(
      [...this.sync.positions()].map(({ channelId, ...position }) => [channelId, position]),
    )
    const channels = [...this.channels.values()]
      .filter(({ id }) => !this.unnamed.has(id))
      .map((channel) => channel.entry(named.get(channel.id)))
    const gone = [...named.keys()]
      .filter((id) => !this.channels.has(id))
      .map((channel_id) => ({ channel_id, reason: 'left' as const }))
    this.connection.connect(testAck({ user_id: USER, channels, gone }))
  }

  settle = (): Promise<void> => this.world.settle()
  advance = (ms: number): Promise<void> => this.world.advance(ms)

  /** Answers as a server would. */
  answer({ frame, answer, fail }: Asked): void {
    if (frame.type === 'channels.list') {
      const all = [...this.channels.values()].map((channel) => channel.entry())
      const { channel_ids: ids } = frame
      const channels = ids ? all.filter((entry) => ids.includes(entry.channel_id)) : all
      answer({ type: 'channels.page', channels })
      return
    }
    if (frame.type !== 'backfill.request') return
    const channel = this.channels.get(frame.channel_id)
    if (!channel) {
      fail(new TidingsError('not_in_channel', 'No.'))
      return
    }
    const fromSeq = channel.fromSeqAbove(epochOf(frame))
    let { after_seq } = frame
    if (fromSeq !== undefined) {
      this.connection.receive({
        type: 'channel.reset',
        channel_id: channel.id,
        ...epochField(channel.epoch),
        from_seq: fromSeq,
      })
      if (after_seq !== undefined) after_seq = Math.min(after_seq, fromSeq)
    }
    const isStale = this.cache && this.cache.log.length >= (frame.min_as_of_seq ?? 0)
    answer(channel.page({ ...frame, after_seq }, isStale ? this.cache : undefined))
  }
}

type ChannelEvents = import('@tidings/protocol').ChannelEvents

/** The connection as channels see it; answers are given by hand. */
export class FakeConnection implements Connection {
  canSend = false
  session = 0
  readonly #emitter = new Emitter<ConnectionEvents>()
  readonly #asked = new Set<(error: TidingsError) => void>()

  constructor(private readonly line: Line) {}

  serverNow(): number | undefined {
    return this.canSend ? this.line.environment.now() : undefined
  }

  send(): boolean {
    return this.canSend
  }

  on<E extends keyof ConnectionEvents>(event: E, listener: ConnectionEvents[E]): () => void {
    return this.#emitter.on(event, listener)
  }

  request(frame: ClientFrame, { signal }: { signal?: AbortSignal } = {}): Promise<ServerFrame> {
    return new Promise((resolve, reject) => {
      if (!this.canSend) {
        reject(new TidingsError('unavailable', 'There is no connection.'))
        return
      }
      const end = (): void => {
        this.#asked.delete(fail)
        this.line.environment.clearTimer(timer)
        signal?.removeEventListener('abort', abort)
      }
      const fail = (error: TidingsError): void => {
        end()
        reject(error)
      }
      const abort = (): void => fail(new TidingsError('aborted', 'It was aborted.'))
      const timer = this.line.environment.setTimer(
        () => fail(new TidingsError('timeout', 'No answer.')),
        15_000,
      )
      this.#asked.add(fail)
      signal?.addEventListener('abort', abort)
      this.line.requests.push(frame)
      const answer = (answer: ServerFrame): void => {
        if (!this.#asked.has(fail)) return
        end()
        if (answer.type === 'error') reject(errorOfFrame(answer))
        else resolve(answer)
      }
      this.line.onRequest({ frame, answer, fail: (error) => this.#asked.has(fail) && fail(error) })
    })
  }

  connect(ack: ServerFrames['hello_ack']): void {
    this.session += 1
    this.canSend = true
    this.#emitter.emit('connected', ack, this.session)
  }

  disconnect(): void {
    if (!this.canSend) return
    this.canSend = false
    this.#emitter.emit('disconnected', this.session, 1006)
    for (const fail of [...this.#asked]) fail(new TidingsError('unavailable', 'It ended.'))
  }

  /** `late`: of a socket that drains, which is read though there is no connection. */
  receive(frame: ServerFrame, late = false): void {
    if (this.canSend || late) this.#emitter.emit('frame', frame, this.session)
  }
}

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
