import { epochField, LIMITS, type ServerFrame } from '@tidings/protocol'
import type { Ephemeral, PresencePush, ReceiptPush, TypingPush } from '../ports/push.js'
import type { Channel } from './channel.js'
import type { Connection } from './connection.js'
import type { Core } from './core.js'
import { write } from './envelopes.js'

/** Shares of what may wait for a reader, above which each kind is left out: typing first (P-101). */
const SHARES = { typing: 1 / 4, presence: 1 / 2, receipt: 1 / 2 } as const

/** Between two `presence.update` of a very large channel. */
const PACE_MS = 1_000

/** Brings typing, presence and receipts to the sockets: one frame for all, and nothing to a reader who is slow. */
export class EphemeralIn {
  /** Readings of presence that are under way: each gets what is told, and whose membership changes, meanwhile. */
  readonly readings = new Set<{
    readonly channel: Channel
    readonly told: Map<string, PresencePush>
    readonly changed: Set<string>
  }>()

  constructor(private readonly core: Core) {}

  receive(items: readonly Ephemeral[]): void {
    // R13: without a valid lease nobody knows who was removed meanwhile
    if (!this.core.lease.isValid()) return
    for (const item of items) {
      switch (item.kind) {
        case 'typing':
          this.typing(item)
          break
        case 'presence':
          for (const channelId of item.channelIds) this.presence(item, channelId)
          break
        case 'receipt':
          this.receipt(item)
      }
    }
  }

  /** A membership changed. */
  memberChanged(channelId: string, userId: string): void {
    for (const { channel, changed } of this.readings) {
      if (channel.channelId === channelId) changed.add(userId)
    }
  }

  private typing({ channelId, userId, state }: TypingPush): void {
    const channel = this.open(channelId)
    if (channel === undefined || channel.memberCount > LIMITS.typingMembersMax) return
    const others = exceptOf(channel.followers(), userId)
    this.tell('typing', others, {
      type: 'typing.update',
      channel_id: channelId,
      user_id: userId,
      state,
    })
  }

  private presence(push: PresencePush, channelId: string): void {
    const channel = this.open(channelId)
    if (channel === undefined) return
    for (const reading of this.readings) {
      if (reading.channel === channel) reading.told.set(push.userId, push)
    }
    if (channel.watchers === undefined) return
    if (channel.memberCount > LIMITS.presencePacedMembers) {
      const now = this.core.environment.monotonicNow()
      if (now - channel.presenceToldAt < PACE_MS) {
        this.core.metrics.shed('presence', channel.watchers.size)
        return
      }
      channel.presenceToldAt = now
    }
    const { userId, status, lastSeen } = push
    this.tell('presence', channel.watchers, {
      type: 'presence.update',
      user_id: userId,
      channel_id: channelId,
      status,
      ...(lastSeen !== undefined && { last_seen: lastSeen }),
    })
  }

  private receipt({ rise, ownOnly }: ReceiptPush): void {
    const { kind, channelId, userId, epoch, seq, messageCount } = rise
    const user = this.core.users.get(userId)
    user?.mark(kind, channelId, { epoch, seq, messageCount })
    const channel = this.open(channelId)
    if (channel === undefined || (ownOnly && user === undefined)) return
    const receivers = ownOnly ? (user?.following(channel) ?? []) : channel.followers()
    this.tell('receipt', receivers, {
      type: 'receipt.update',
      kind,
      channel_id: channelId,
      user_id: userId,
      ...epochField(epoch),
      seq,
      message_count: messageCount,
    })
  }

  private open(channelId: string): Channel | undefined {
    const channel = this.core.channels.get(channelId)
    return channel?.status === 'open' && channel.isFollowed ? channel : undefined
  }

  private tell(
    kind: Ephemeral['kind'],
    receivers: Iterable<Connection>,
    envelope: ServerFrame,
  ): void {
    const frame = this.core.encodeFrame(write(envelope))
    const limit = this.core.options.socketBufferMaxBytes * SHARES[kind]
    let left = 0
    for (const connection of receivers) {
      if (connection.behind !== undefined || connection.isAbove(limit)) left++
      else connection.enqueue(frame)
    }
    if (left > 0) this.core.metrics.shed(kind, left)
  }
}

function* exceptOf(connections: Iterable<Connection>, userId: string): Generator<Connection> {
  for (const connection of connections) {
    if (connection.user?.userId !== userId) yield connection
  }
}
