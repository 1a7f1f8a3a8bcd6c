import { type ChannelEntry, type ClientFrames, epochOf, type ServerFrames } from '@tidings/protocol'
import { checkId, given } from '../arguments.js'
import { createScheduler } from '../backfill/scheduler.js'
import { type Channel, createChannel } from '../channel.js'
import type { GuardedEvent, GuardedFrame } from '../connection/guard.js'
import type { Position } from '../connection/hello.js'
import type { Connection } from '../connection/port.js'
import { Emitter, type ListenOptions } from '../emitter.js'
import type { Environment } from '../environment/port.js'
import {
  BACKFILL_MAX_EVENTS,
  BACKFILLS_IN_FLIGHT_MAX,
  CHANNEL_IDS_MAX,
  HELLO_CHANNELS_MAX,
} from '../limits.js'
import { within } from '../stated.js'
import { atEndOfTurn } from '../turn.js'
import { answerOf } from './asking.js'
import type { OutboxView } from './outbox-view.js'
import { createStream, type Shared, type Stream } from './stream.js'

export interface ChannelSyncOptions {
  readonly userId?: string | undefined
  /** `all`: catch up on everything, however far behind; made for bots. @default 'recent' */
  readonly catchUp?: 'recent' | 'all' | undefined
  /** How many of the last used channels stay open when nobody listens any more. @default 20 */
  readonly backgroundChannels?: number | undefined
}

export type RemovalReason =
  | ServerFrames['channel.removed']['reason']
  | ServerFrames['hello_ack']['gone'][number]['reason']

export interface ChannelsEvents {
  /**
   * The user is a member again, or is one and neither the first greeting nor a page of `list` has said so: they joined,
   * or a channel that was opened by its id turned out to be theirs.
   */
  added(event: { readonly channel: Channel }): void
  /** Name, role, head or counts of a channel are other than before. */
  changed(event: { readonly channel: Channel }): void
  removed(event: { readonly channel: Channel; readonly reason: RemovalReason }): void
}

/** All channels of this user. */
export interface Channels {
  /** Every channel, newest first as the server lists them; pages are asked for as they are used. */
  list(options?: { signal?: AbortSignal | undefined }): AsyncGenerator<Channel, void, undefined>
  on<E extends keyof ChannelsEvents>(
    event: E,
    listener: ChannelsEvents[E],
    options?: ListenOptions,
  ): () => void
}

export interface ChannelSync {
  /** The channel's one handle. Throws `invalid_argument` for what cannot be an id. */
  channel(channelId: string): Channel
  readonly channels: Channels
  /** For `hello.last_seq_map`: how far each channel is held, most recently used first. */
  positions(): Iterable<Position>
  /** This user has read so many messages of a channel. */
  markRead(channelId: string, messageCount: number): void
  close(): void
}

interface Known {
  readonly stream: Stream
  readonly channel: Channel
  /** The greeting since which an entry of it came: it is followed on that connection, or was. */
  followedSince: number
  /** It was told as removed, and not as added again. */
  gone: boolean
}

/** The channels of one client: hands frames to their streams, and decides which stay open. */
export function createChannelSync(
  connection: Connection,
  environment: Environment,
  outbox: OutboxView,
  options: ChannelSyncOptions = {},
): ChannelSync {
  const { catchUp = 'recent', backgroundChannels = 20 } = options
  const emitter = new Emitter<ChannelsEvents>()
  const known = new Map<string, Known>()
  /** Channels that were opened, the last used one last. */
  const recent = new Set<Stream>()
  let { userId } = options
  let limits: Partial<ServerFrames['hello_ack']['limits']> = {}
  let greetings = 0
  let closed = false

  const scheduler = createScheduler(connection, environment, () =>
    within(limits.backfills_in_flight_max, BACKFILLS_IN_FLIGHT_MAX),
  )

  const shared: Shared = {
    environment,
    outbox,
    scheduler,
    catchUp,
    userId: () => userId,
    pageMax: () => within(limits.backfill_max_events, BACKFILL_MAX_EVENTS),
    entries: (frame) => takeEntries(frame, true),
    used(stream) {
      recent.delete(stream)
      recent.add(stream)
      // Not at once: who registers several listeners gets all of them called.
      sweep()
    },
    infoChanged: ({ channelId }) => {
      const entry = known.get(channelId)
      if (entry && !entry.gone) emitter.emit('changed', { channel: entry.channel })
    },
    isClosed: () => closed,
  }

  /** The last used channels stay open for a while; what was not used for long starts anew. */
  const sweep = atEndOfTurn(() => {
    let place = 0
    for (const stream of closed ? [] : [...recent].reverse()) {
      place += 1
      if (place > HELLO_CHANNELS_MAX && !stream.isHeld) {
        recent.delete(stream)
        stream.forget()
      }
      stream.setOpen(stream.isHeld || (stream.lingers && place <= backgroundChannels))
    }
  })

  const ensure = (channelId: string): Known => {
    let entry = known.get(channelId)
    if (!entry) {
      const stream = createStream(channelId, shared)
      entry = { stream, channel: createChannel(stream, shared), followedSince: 0, gone: false }
      known.set(channelId, entry)
    }
    return entry
  }

  /** What was told as removed is told as added again; what was not known to be the user's, where it `tells`. */
  const takeEntry = (entry: ChannelEntry, tells: boolean): void => {
    const known = ensure(entry.channel_id)
    const { stream, channel, gone } = known
    const isTold = gone || (tells && !stream.about.value)
    const epoch = epochOf(entry)
    stream.put({
      type: 'head',
      epoch,
      headSeq: entry.head_seq,
      fromSeq: entry.from_seq,
      entry: true,
      late: !connection.canSend,
    })
    stream.about.takeEntry(entry)
    known.followedSince = greetings
    known.gone = false
    if (isTold) emitter.emit('added', { channel })
  }

  const takeEntries = (
    frame: ServerFrames['channels.page' | 'hello_ack'],
    tells: boolean,
  ): void => {
    for (const entry of frame.channels) takeEntry(entry, tells)
  }

  /** Asks for entries, and takes them. */
  const ask = (
    fields: Omit<ClientFrames['channels.list'], 'type'>,
    take: (page: ServerFrames['channels.page']) => void,
    signal?: AbortSignal,
  ) =>
    scheduler.once({
      channelId: undefined,
      frame: () => ({ type: 'channels.list', ...fields }),
      accept(frame) {
        const page = answerOf(frame, 'channels.page')
        if (page) take(page)
        return page
      },
      signal,
    })

  const remove = (channelId: string, reason: RemovalReason, epoch?: number, lastSeq?: number) => {
    const entry = known.get(channelId)
    if (!entry || entry.gone) return
    entry.gone = true
    entry.stream.put({ type: 'removed', epoch, lastSeq })
    scheduler.leave(channelId)
    emitter.emit('removed', { channel: entry.channel, reason })
  }

  /** What a greeting did not name: gone while the line was cut, or not followed until it is asked for. */
  const checkUnnamed = async (greeting: number): Promise<void> => {
    const unnamed = (): string[] =>
      [...known]
        .filter(([, { stream, gone, followedSince }]) => {
          return stream.about.value && !gone && followedSince < greetings
        })
        .map(([id]) => id)
        .slice(0, CHANNEL_IDS_MAX)
    for (let ids = unnamed(); ids.length > 0 && greeting === greetings; ids = unnamed()) {
      await ask({ channel_ids: ids }, (page) => {
        takeEntries(page, true)
        // of two lists the later one counts
        for (const id of ids) {
          if (known.get(id)?.followedSince !== greetings) remove(id, 'not_found')
        }
      })
    }
  }

  const takeFrame = (frame: GuardedFrame, _session: number, isAnswer?: boolean): void => {
    switch (frame.type) {
      case 'channels.page':
        // With a `ref` it is an answer that came too late: nobody has been told what it says.
        if (!isAnswer) takeEntries(frame, !!frame.ref || greetings > 1)
        return
      case 'channel.added':
      case 'channel.changed':
        takeEntry(frame.channel, true)
        return
      case 'channel.removed':
        remove(frame.channel_id, frame.reason, epochOf(frame), frame.last_seq)
        return
      case 'message.ack':
      case 'message.backfill':
        return
    }
    const stream = 'channel_id' in frame && frame.channel_id && known.get(frame.channel_id)?.stream
    if (!stream) return
    if (frame.type === 'channel.reset') {
      const { from_seq: fromSeq } = frame
      const epoch = epochOf(frame)
      stream.put({ type: 'reset', epoch, fromSeq })
      if (stream.gate.head === fromSeq) stream.about.resetTo(epoch, fromSeq)
    } else if (frame.type === 'channel.head') {
      const { head_seq: headSeq, oldest_seq, message_count, spread_ms } = frame
      if (stream.gate.position === stream.gate.head) stream.wake(spread_ms)
      stream.put({ type: 'head', epoch: epochOf(frame), headSeq, late: !connection.canSend })
      stream.about.headAt(headSeq, message_count, oldest_seq)
    } else if ('channel_seq' in frame) stream.live(frame as GuardedEvent)
  }

  const offs = [
    connection.on('connected', (ack) => {
      greetings += 1
      userId = ack.user_id
      limits = ack.limits
      takeEntries(ack, greetings > 1)
      for (const { channel_id, reason } of ack.gone) remove(channel_id, reason)
      checkUnnamed(greetings).catch(() => {})
    }),
    connection.on('disconnected', () => {
      for (const { stream } of known.values()) stream.put({ type: 'disconnected' })
    }),
    connection.on('frame', takeFrame),
  ]

  async function* list(options?: ListenOptions) {
    const { signal } = given(options)
    let cursor: string | undefined
    do {
      const page = await ask({ cursor }, (entries) => takeEntries(entries, false), signal)
      for (const { channel_id } of page.channels) {
        const { channel, gone } = ensure(channel_id)
        // An application may take its time with each: the user can have left this one.
        if (!gone) yield channel
      }
      cursor = page.cursor
    } while (cursor !== undefined)
  }

  return {
    channel(channelId) {
      checkId('channelId', channelId)
      return ensure(channelId).channel
    },
    channels: { list, on: (event, listener, more) => emitter.on(event, listener, more) },
    *positions() {
      for (const { channelId, gate } of [...recent].reverse()) {
        const { position: seq, epoch, sync } = gate
        if (seq !== undefined && sync !== 'removed') yield { channelId, seq, epoch }
      }
    },
    markRead(channelId, messageCount) {
      const stream = known.get(channelId)?.stream
      stream?.about.markRead(stream.gate.epoch, messageCount)
    },
    close() {
      closed = true
      for (const off of offs) off()
      scheduler.close()
      for (const { stream } of known.values()) stream.close()
      emitter.clear()
    },
  }
}
