import type { ChannelEntry, ServerFrames } from '@tidings/protocol'
import type { Connection, ConnectionEvents } from '../connection/port.js'
import { Emitter, type ListenOptions } from '../emitter.js'
import { type ChannelInfo, infoOf, type Known, moved } from './channel-info.js'

export interface ChannelRemoval {
  readonly channelId: string
  readonly reason: 'left' | 'kicked' | 'banned' | 'deleted' | 'not_found'
}

export interface ChannelListEvents {
  /** A channel that is not in what `list()` gave before. */
  added(channel: ChannelInfo): void
  /** Its head, counts, name or role are other than before. */
  changed(channel: ChannelInfo): void
  /** The user cannot see it any more. */
  removed(removal: ChannelRemoval): void
}

/** The channels of this user. */
export interface ChannelList {
  /**
   * Every channel once, newest first as the server lists them, page by page as the loop goes on.
   * Waits for a connection. Ends with `closed`, or `aborted` by the signal.
   */
  list(options?: ListenOptions): AsyncIterableIterator<ChannelInfo>
  /** What is known now of one channel, without asking. */
  get(channelId: string): ChannelInfo | undefined
  on<E extends keyof ChannelListEvents>(
    event: E,
    listener: ChannelListEvents[E],
    options?: ListenOptions,
  ): () => void
}

/** Follows what the server says of the user's channels, dormant ones too (P-79). */
export class ChannelDirectory implements ChannelList {
  readonly #connection: Connection
  readonly #userId: () => string | undefined
  /** Resolves in a session; rejects when there will be none, or by the signal. */
  readonly #connected: (signal: AbortSignal | undefined) => Promise<unknown>
  readonly #emitter = new Emitter<ChannelListEvents>()
  readonly #known = new Map<string, Known>()
  /** Where the server's list goes on; undefined when all of it is known. */
  #cursor: string | undefined

  constructor(
    connection: Connection,
    userId: () => string | undefined,
    connected: (signal: AbortSignal | undefined) => Promise<unknown>,
  ) {
    this.#connection = connection
    this.#userId = userId
    this.#connected = connected
    connection.on('connected', (ack, session) => this.#greeted(ack, session))
    connection.on('frame', (frame) => this.#take(frame))
  }

  get(channelId: string): ChannelInfo | undefined {
    const known = this.#known.get(channelId)
    return known && infoOf(known.entry)
  }

  on<E extends keyof ChannelListEvents>(
    event: E,
    listener: ChannelListEvents[E],
    options?: ListenOptions,
  ): () => void {
    return this.#emitter.on(event, listener, options)
  }

  async *list({ signal }: ListenOptions = {}): AsyncIterableIterator<ChannelInfo> {
    const given = new Set<string>()
    for (;;) {
      await this.#connected(signal)
      const { session } = this.#connection
      for (const [id, known] of [...this.#known]) {
        if (given.has(id) || known.session !== session) continue
        given.add(id)
        yield infoOf(known.entry)
      }
      if (session !== this.#connection.session) continue
      if (this.#cursor === undefined) return
      await this.#nextPage(this.#cursor, signal)
    }
  }

  clear(): void {
    this.#emitter.clear()
  }

  async #nextPage(cursor: string, signal: AbortSignal | undefined): Promise<void> {
    const { session } = this.#connection
    try {
      const page = await this.#connection.request({ type: 'channels.list', cursor }, { signal })
      if (session !== this.#connection.session || page.type !== 'channels.page') return
      for (const entry of page.channels) this.#learn(entry, false)
      if (this.#cursor !== cursor) return
      this.#cursor = page.cursor
      if (page.cursor === undefined) this.#forgetUnstated()
    } catch (error) {
      // A connection that ended is followed by another, whose list begins anew.
      if (this.#connection.canSend && session === this.#connection.session) throw error
      if (signal?.aborted) throw error
    }
  }

  #greeted(ack: ServerFrames['hello_ack'], session: number): void {
    this.#cursor = ack.channels_cursor
    for (const entry of ack.channels) this.#learn(entry, session > 1)
    for (const { channel_id, reason } of ack.gone) this.#forget(channel_id, reason)
  }

  #take(frame: Parameters<ConnectionEvents['frame']>[0]): void {
    switch (frame.type) {
      case 'channels.page':
        for (const entry of frame.channels) this.#learn(entry, true)
        return
      case 'channel.added':
      case 'channel.changed':
        this.#learn(frame.channel, true)
        return
      case 'channel.removed':
        this.#forget(frame.channel_id, frame.reason)
        return
    }
    const id = 'channel_id' in frame ? frame.channel_id : undefined
    const known = id === undefined ? undefined : this.#known.get(id)
    if (known === undefined) return
    const entry = moved(known.entry, frame, this.#userId())
    if (entry === known.entry) return
    this.#known.set(entry.channel_id, { ...known, entry })
    this.#emitter.emit('changed', infoOf(entry))
  }

  #learn(entry: ChannelEntry, tellNew: boolean): void {
    const { session } = this.#connection
    const before = this.#known.get(entry.channel_id)
    this.#known.set(entry.channel_id, { entry, session })
    if (before !== undefined) this.#emitter.emit('changed', infoOf(entry))
    else if (tellNew) this.#emitter.emit('added', infoOf(entry))
  }

  #forget(channelId: string, reason: ChannelRemoval['reason']): void {
    if (this.#known.delete(channelId)) this.#emitter.emit('removed', { channelId, reason })
  }

  /** The whole list was read: what it did not hold is gone. */
  #forgetUnstated(): void {
    for (const [id, { session }] of [...this.#known]) {
      if (session !== this.#connection.session) this.#forget(id, 'not_found')
    }
  }
}
