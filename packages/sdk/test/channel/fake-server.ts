import type { ChannelEvent, ChannelEvents, ClientFrame, ServerFrame } from '@tidings/protocol'
import { epochField, epochOf } from '@tidings/protocol'
import {
  type ChannelSync,
  type ChannelSyncOptions,
  createChannelSync,
} from '../../src/channel/sync.js'
import { TidingsError } from '../../src/errors.js'
import { testAck } from '../../src/testing/frames.js'
import { type VirtualEnvironment, VirtualWorld } from '../../src/testing/virtual-environment.js'
import { type CachedChannel, FakeChannel, type NewEvent } from './fake-channel.js'
import { FakeConnection } from './fake-connection.js'
import { FakeOutbox, USER } from './fake-outbox.js'

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

  /** The next request is answered at once, with this right behind the answer; later ones at once too. */
  answerBefore(behind: () => void): void {
    this.onRequest = (asked) => {
      this.onRequest = (later) => this.answer(later)
      this.answer(asked)
      behind()
    }
  }

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
