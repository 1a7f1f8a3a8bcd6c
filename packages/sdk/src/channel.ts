import { given } from './arguments.js'
import { type Commands, createCommands } from './channel/commands.js'
import { gapsOf } from './channel/gaps.js'
import { type HistoryOptions, history } from './channel/history.js'
import type { ChannelInfo } from './channel/info.js'
import type { HistoryPage } from './channel/items.js'
import { type EventsOptions, iterate, type StreamItem } from './channel/iterate.js'
import { ready } from './channel/ready.js'
import type { ChannelEvents, Shared, Stream } from './channel/stream.js'
import type { ListenOptions } from './emitter.js'
import type { Timeline } from './timeline/timeline.js'
import { lasting } from './turn.js'

/**
 * One channel. Making a handle costs nothing: the channel is dormant, only its head and counts move,
 * until something listens, iterates, shows its timeline, or `ready()` is called.
 */
export interface Channel extends Commands {
  readonly id: string
  /** Name, role, head and counts; undefined until the server told them. */
  readonly info: ChannelInfo | undefined
  /** Messages that this user has not read; 0 until it is known. */
  readonly unreadCount: number
  /** `live`: complete up to the head (or less than 5 s behind it, where bodies are pulled). */
  readonly state: 'dormant' | 'syncing' | 'live' | 'removed'
  /**
   * Listens; returns the unsubscribe. All but `info` open the channel: its start is its head, or
   * where it was when it was open before. I9: each event once, in order, without a hole, or a `gap`.
   */
  on<E extends keyof ChannelEvents>(
    event: E,
    listener: ChannelEvents[E],
    options?: ListenOptions,
  ): () => void
  /**
   * Opens the channel until `close()` and resolves when it is complete up to the head that is known
   * now. Waits while offline. Rejects with `not_in_channel`, `aborted` or `closed`.
   */
  ready(options?: { signal?: AbortSignal | undefined }): Promise<void>
  /** Messages by number, over the socket, without opening the channel. Waits while offline. */
  history(options?: HistoryOptions): Promise<HistoryPage>
  /**
   * Every event above `after`, in order, never skipping. Ends with `break` or `signal`, when the
   * user leaves the channel, and when the client is closed.
   */
  events(options?: EventsOptions): AsyncGenerator<StreamItem, void, undefined>
  /** The messages as they are now. */
  readonly timeline: Timeline
  /**
   * Ends what `on` and `ready` of this channel began, and lets it be dormant unless its timeline or
   * an iterator is in use. Its position and timeline are kept; the handle can be used again.
   */
  close(): void
}

export function createChannel(
  stream: Stream,
  { outbox, environment, userId, isClosed }: Shared,
): Channel {
  const { channelId, emitter } = stream
  /** Of what lasts until `close()`, if nothing else ends it before. */
  const ends = new Set<() => void>()
  let isPinned = false
  const gapOf = gapsOf(channelId, stream.read, () => {})

  return {
    ...createCommands(channelId, outbox, environment, userId),
    id: channelId,
    get info() {
      return stream.about.value
    },
    get unreadCount() {
      return stream.about.value?.unreadCount ?? 0
    },
    get state() {
      const { open, sync } = stream.gate
      return open || sync === 'removed' ? sync : 'dormant'
    },
    get timeline() {
      return stream.timeline
    },
    on(event, listener, options) {
      const off = lasting(options, () => [
        emitter.on(event, listener),
        event === 'info' ? () => {} : stream.hold(),
        () => ends.delete(off),
      ])
      ends.add(off)
      return off
    },
    async ready(options) {
      const { signal } = given(options)
      if (!isPinned && !signal?.aborted) {
        isPinned = true
        ends.add(stream.hold())
      }
      return ready(stream, () => isClosed() || !isPinned, signal)
    },
    history: (options) => history(stream.read, options),
    events: (options) => iterate(stream, gapOf, isClosed, options),
    close() {
      stream.lingers = false
      isPinned = false
      for (const end of ends) end()
      ends.clear()
      for (const look of [...stream.watchers]) look()
    },
  }
}
