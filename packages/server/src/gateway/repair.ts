import type { KnownHead } from '../ports/known-heads.js'
import type { Head } from '../ports/message-store.js'
import type { ChannelState } from '../stream/event.js'
import { validUpTo } from '../stream/event.js'
import type { Channel } from './channel.js'
import type { Core } from './core.js'
import { writeHead, writeReset } from './envelopes.js'

/** Tries to read what is missing, before it is left to the next head that is heard of. */
const TRIES_MAX = 5
const BACK_OFF_MS = 100
const PAGE_EVENTS = 100

/** R12: reads what no push brought, once for all who wait, and follows a channel into a new epoch. */
export class Repair {
  private readonly pauses = new Map<unknown, () => void>()

  constructor(private readonly core: Core) {}

  /** The channel goes at least this far, in its epoch. */
  heard(channel: Channel, headSeq: number): void {
    if (headSeq > channel.knownHead) channel.knownHead = headSeq
    if (channel.knownHead <= channel.lastSeq || channel.repairing !== undefined) return
    if (channel.status !== 'open') return
    channel.repairing = this.run(channel).then((caughtUp) => {
      channel.repairing = undefined
      // a higher head may have been heard of while this was ending
      if (caughtUp) this.heard(channel, channel.knownHead)
    })
  }

  /** Ends all waiting; who waited finds its channel closed. */
  stop(): void {
    for (const [timer, resolve] of this.pauses) {
      this.core.environment.clearTimer(timer)
      resolve()
    }
    this.pauses.clear()
  }

  /** What the store says of a channel now. */
  adopt(channel: Channel, head: ChannelState | undefined): void {
    if (head === undefined || head.epoch < channel.epoch || channel.status !== 'open') return
    if (head.epoch > channel.epoch) {
      this.enterEpoch(channel, head)
      return
    }
    if (head.oldestSeq > channel.oldestSeq) {
      this.core.incoming.raiseOldest(channel, head.oldestSeq)
    }
    this.heard(channel, head.headSeq)
  }

  /** What somebody else says of a channel; an epoch that is not ours is read from the store, with where it began. */
  adoptKnown(channel: Channel, head: KnownHead): void {
    if (head.epoch < channel.epoch || channel.status !== 'open') return
    if (head.epoch > channel.epoch) {
      void this.resync(channel)
      return
    }
    if (head.oldestSeq > channel.oldestSeq) {
      this.core.incoming.raiseOldest(channel, head.oldestSeq)
    }
    this.heard(channel, head.headSeq)
  }

  /** Reads the head anew and catches up with it; resolves to it. Rejects when the store does. */
  async refresh(channel: Channel): Promise<Head | undefined> {
    const head = await this.core.store.head(channel.channelId)
    this.adopt(channel, head)
    await channel.repairing
    return head
  }

  /** Someone knows a newer epoch than we do. */
  async resync(channel: Channel): Promise<void> {
    try {
      await this.refresh(channel)
    } catch (error) {
      // heads are compared again soon
      this.core.failed(error, 'reading a head')
    }
  }

  /** Resolves to false when it gave up. Never rejects. */
  private async run(channel: Channel): Promise<boolean> {
    for (let tries = 1; channel.status === 'open' && this.isBehind(channel); tries++) {
      const before = channel.lastSeq
      try {
        await this.step(channel)
      } catch (error) {
        this.core.failed(error, 'reading what is missing')
      }
      if (channel.lastSeq > before) tries = 0
      else if (tries >= TRIES_MAX) return false
      else if (channel.status === 'open') await this.pause(tries)
    }
    return true
  }

  private isBehind(channel: Channel): boolean {
    return channel.knownHead > channel.lastSeq
  }

  private async step(channel: Channel): Promise<void> {
    const missing = channel.knownHead - channel.lastSeq
    if (missing > this.core.options.repairMaxEvents || !channel.isFollowed) {
      return this.skip(channel)
    }
    const { channelId, lastSeq } = channel
    const page = await this.core.store.page({
      channelId,
      afterSeq: lastSeq,
      direction: 'forward',
      limit: PAGE_EVENTS,
    })
    if (page.asOf !== undefined && page.asOf.epoch > channel.epoch) {
      this.enterEpoch(channel, page.asOf)
      return
    }
    // retention has overtaken what was missing
    if (page.asOf !== undefined && page.asOf.oldestSeq > lastSeq + 1) return this.skip(channel)
    for (const event of page.events) {
      this.core.incoming.offer(channel, { event, json: JSON.stringify(event) })
    }
    this.core.metrics.repaired(page.events.length)
  }

  /**
   * Too much is missing to send it to everyone: they are told how far the channel goes, and pull (I6). What is
   * skipped may hold the end of a membership, so memberships are read first, after the head (R13); and a new name.
   * While the directory is away nothing is skipped: nobody could be shown to be a member still.
   */
  private async skip(channel: Channel): Promise<void> {
    const head = await this.core.store.head(channel.channelId)
    if (head === undefined || channel.status !== 'open') return
    if (head.epoch !== channel.epoch) return this.adopt(channel, head)
    const [record] = await this.core.parts.directory.channels([channel.channelId])
    await this.core.memberships.verify(channel)
    // a newer epoch, or a push, may have come meanwhile
    if (head.epoch !== channel.epoch || head.headSeq <= channel.lastSeq) return
    this.core.delivery.flushChannel(channel)
    this.core.metrics.skipped(head.headSeq - channel.lastSeq)
    channel.lastSeq = head.headSeq
    channel.messageCount = head.messageCount
    channel.tail.clear()
    this.core.pages.forgetAll(channel)
    if (channel.pulling !== undefined) this.core.pulled.moved(channel, channel.pulling)
    else this.tellHead(channel)
    if (record !== undefined) {
      channel.memberCount = record.memberCount
      this.core.memberships.renamed(channel, record.name)
    }
    // events that were held above the hole go on from here
    const held = [...(channel.held?.values() ?? [])]
    channel.held = undefined
    held.sort((a, b) => a.event.channel_seq - b.event.channel_seq)
    for (const pushed of held) this.core.incoming.offer(channel, pushed)
  }

  private tellHead(channel: Channel): void {
    for (const connection of channel.followers()) {
      connection.tell(writeHead(channel, channel.restricted?.get(connection) ?? 1))
    }
  }

  /** R10: numbering started anew; what anyone holds above the start is void. */
  private enterEpoch(channel: Channel, head: ChannelState): void {
    const fromSeq = validUpTo(head.epochs, channel.epoch) ?? head.headSeq
    this.core.delivery.flushChannel(channel)
    channel.epoch = head.epoch
    channel.epochs = head.epochs
    channel.lastSeq = Math.min(channel.lastSeq, fromSeq)
    if (channel.lastSeq === head.headSeq) channel.messageCount = head.messageCount
    channel.oldestSeq = head.oldestSeq
    channel.knownHead = head.headSeq
    channel.held = undefined
    channel.countsBelow = undefined
    // what is void may have been folded into what is not
    channel.tail.clear()
    this.core.pages.forgetAll(channel)
    this.core.metrics.reset()
    this.core.delivery.toAll(channel, writeReset(channel, fromSeq))
    this.heard(channel, head.headSeq)
  }

  private pause(tries: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.core.environment.setTimer(
        () => {
          this.pauses.delete(timer)
          resolve()
        },
        BACK_OFF_MS * 2 ** tries,
      )
      this.pauses.set(timer, resolve)
    })
  }
}
