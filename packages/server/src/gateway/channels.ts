import type { ChannelRecord } from '../ports/directory.js'
import type { Head } from '../ports/message-store.js'
import { Channel } from './channel.js'
import type { Core } from './core.js'

/** Channels per call to routes, store and directory. */
const CHUNK = 500

/** The channels that this gateway follows: opened when the first member needs them, kept a while after the last. */
export class Channels {
  private readonly byId = new Map<string, Channel>()
  /** Routes that are being withdrawn: one must not be asserted again before. */
  private readonly withdrawing = new Map<string, Promise<void>>()
  private tailChars = 0

  constructor(private readonly core: Core) {}

  get(channelId: string): Channel | undefined {
    return this.byId.get(channelId)
  }

  get size(): number {
    return this.byId.size
  }

  [Symbol.iterator](): IterableIterator<Channel> {
    return this.byId.values()
  }

  /**
   * Resolves to the channels when each is followed: its route registered, and its head read after that (R12).
   * Undefined where the directory has none. Rejects when a dependency does.
   */
  async open(channelIds: readonly string[]): Promise<readonly (Channel | undefined)[]> {
    const missing = channelIds.filter((channelId) => !this.byId.has(channelId))
    if (this.byId.size + missing.length > this.core.options.maxChannels) {
      throw new Error('this gateway follows as many channels as it may')
    }
    for (let i = 0; i < missing.length; i += CHUNK) this.begin(missing.slice(i, i + CHUNK))
    const channels = channelIds.map((channelId) => this.byId.get(channelId))
    // whoever asked follows in a moment: until then it is not one that nobody needs
    const now = this.core.environment.monotonicNow()
    for (const channel of channels) if (channel !== undefined) channel.unusedSince = now
    const opening = channels.filter((channel) => channel?.status === 'opening')
    await Promise.all(opening.map((channel) => channel?.opened))
    return channels.map((channel) => (channel?.status === 'open' ? channel : undefined))
  }

  /** Stops following channels that nobody has needed for long. */
  closeUnused(): void {
    const before = this.core.environment.monotonicNow() - this.core.options.channelLingerMs
    const unused = [...this.byId.values()].filter(
      (channel) =>
        channel.status === 'open' && !channel.isFollowed && channel.unusedSince <= before,
    )
    for (const channel of unused) this.forget(channel)
    for (let i = 0; i < unused.length; i += CHUNK) this.withdraw(unused.slice(i, i + CHUNK))
  }

  /** Follows nothing any more. */
  stop(): void {
    for (const channel of [...this.byId.values()]) this.forget(channel)
  }

  /** Keeps the sum of all tails within its bound (I7): the channels opened first lose theirs first. */
  weigh(changed: Channel): void {
    this.tailChars += changed.tail.chars - changed.tailChars
    changed.tailChars = changed.tail.chars
    if (this.tailChars <= this.core.options.tailsMaxChars) return
    for (const channel of this.byId.values()) {
      if (channel === changed || channel.tail.chars === 0) continue
      channel.tail.clear()
      this.tailChars -= channel.tailChars
      channel.tailChars = 0
      if (this.tailChars <= this.core.options.tailsMaxChars / 2) return
    }
  }

  private begin(channelIds: readonly string[]): void {
    const { options, environment } = this.core
    const channels = [...new Set(channelIds)].map(
      (channelId) =>
        new Channel(
          channelId,
          environment.monotonicNow(),
          options.tailMaxEvents,
          options.tailMaxChars,
        ),
    )
    const opened = this.read(channels).catch((error: unknown) => {
      for (const channel of channels) this.forget(channel)
      throw error
    })
    // who opened them is told; without anybody waiting it is no unhandled rejection
    opened.catch(() => undefined)
    for (const channel of channels) {
      channel.opened = opened
      this.byId.set(channel.channelId, channel)
    }
    this.core.metrics.channelsFollowed(this.byId.size)
  }

  private async read(channels: readonly Channel[]): Promise<void> {
    const { routes, store, directory, processId } = this.core.parts
    const channelIds = channels.map((channel) => channel.channelId)
    await Promise.all(channelIds.map((channelId) => this.withdrawing.get(channelId)))
    await routes
      .assert(processId, channelIds)
      // who cannot register a route cannot look one up either, and pushes to every process (R12); should only this
      // gateway be cut off, comparing heads brings what is missed until the next sweep asserts again
      .catch((error: unknown) => this.core.failed(error, 'asserting routes'))
    const [heads, records] = await Promise.all([
      store.heads(channelIds),
      directory.channels(channelIds),
    ])
    channels.forEach((channel, i) => {
      this.opened(channel, heads[i], records[i])
    })
  }

  private opened(
    channel: Channel,
    head: Head | undefined,
    record: ChannelRecord | undefined,
  ): void {
    if (record === undefined) {
      this.forget(channel)
      this.withdraw([channel])
      return
    }
    channel.record = record
    channel.memberCount = record.memberCount
    channel.begin(head)
    channel.status = 'open'
    const { waiting } = channel
    channel.waiting = []
    for (const push of waiting) this.core.incoming.take(channel, push)
    this.core.repair.heard(channel, channel.knownHead)
  }

  private forget(channel: Channel): void {
    channel.status = 'closed'
    this.core.pulled.forget(channel)
    this.tailChars -= channel.tailChars
    this.core.pages.forgetAll(channel)
    if (this.byId.get(channel.channelId) === channel) this.byId.delete(channel.channelId)
    this.core.metrics.channelsFollowed(this.byId.size)
  }

  private withdraw(channels: readonly Channel[]): void {
    const channelIds = channels.map((channel) => channel.channelId)
    const { routes, processId } = this.core.parts
    const withdrawn = routes
      .withdraw(processId, channelIds)
      // a route too many costs a push that is ignored
      .catch((error: unknown) => this.core.failed(error, 'withdrawing routes'))
      .then(() => {
        for (const channelId of channelIds) this.withdrawing.delete(channelId)
      })
    for (const channelId of channelIds) this.withdrawing.set(channelId, withdrawn)
  }
}
