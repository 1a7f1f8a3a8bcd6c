import type { ChannelEvents, ServerFrames } from '@tidings/protocol'
import type { Membership } from '../ports/membership.js'
import type { Removal } from '../ports/push.js'
import type { OutFrame } from '../ports/socket.js'
import type { Channel } from './channel.js'
import type { Connection } from './connection.js'
import type { Core } from './core.js'
import { loadCountsBelow } from './counts-below.js'
import { entryOf } from './entries.js'
import { write, writeRemoved } from './envelopes.js'
import type { Reading, UserSessions } from './users.js'

type Reason = ServerFrames['channel.removed']['reason']
type MemberEvent = ChannelEvents['member.joined' | 'member.left' | 'channel.updated']

/**
 * Who follows what, as memberships change under live sessions (I8, R13). A change is heard of twice: from the
 * cache, when the directory has it, and from the stream, when its event has a number. The directory says whether;
 * the stream says from where: a member gets everything up to the number of their `member.left`, and nothing above.
 */
export class MembershipWatch {
  private unlisten: (() => void) | undefined

  constructor(private readonly core: Core) {}

  start(): void {
    this.unlisten = this.core.parts.memberships.onChange(({ channelId, userId }) =>
      this.changed(channelId, userId),
    )
  }

  stop(): void {
    this.unlisten?.()
  }

  /** The membership of a user changed, whichever way. */
  private changed(channelId: string, userId: string): void {
    this.core.presence.forget(channelId, userId)
    this.core.ephemeral.memberChanged(channelId, userId)
    const user = this.core.users.get(userId)
    if (user === undefined) return
    user.touch(channelId)
    void this.reconcile(user, channelId)
  }

  /** An event of the stream that tells of members, in its place: `channel.collected` holds it and what is before. */
  event(channel: Channel, event: MemberEvent): void {
    switch (event.type) {
      case 'member.joined':
        this.numbered(channel.channelId, event.user_id)
        return
      case 'member.left': {
        // they may have joined again meanwhile: that is being read when this ends
        this.numbered(channel.channelId, event.user_id)
        const user = this.core.users.get(event.user_id)
        if (user !== undefined) this.end(user, channel, event.channel_seq, event.reason)
        return
      }
      case 'channel.updated':
        if (event.name !== undefined) this.renamed(channel, event.name)
        if (event.member !== undefined) this.numbered(channel.channelId, event.member.user_id)
    }
  }

  /**
   * The stream tells of a change. Whoever made it may have died before telling that what is kept of the membership is
   * over (I8): so it is dropped here.
   */
  numbered(channelId: string, userId: string): void {
    void this.core.parts.memberships.invalidate([{ channelId, userId, version: 0 }])
    this.changed(channelId, userId)
  }

  /**
   * R13: resolves when nothing above `seq` can go to the user any more, or, should they be a member, nothing that their
   * membership does not show them (I8). Events below are still brought, if they come in time.
   */
  async confirmRemoval(removal: Removal): Promise<void> {
    const { channelId, userId, epoch, seq } = removal
    const user = this.core.users.get(userId)
    if (user === undefined) return
    user.touch(channelId)
    const channel = this.core.channels.get(channelId)
    if (channel === undefined || !isTold(user, channel)) return
    if (channel.epoch === epoch && channel.lastSeq < seq) {
      this.core.repair.heard(channel, seq)
      await this.within(channel.repairing)
    }
    if (!isTold(user, channel)) return
    // the event did not come, or they are a member, again or still
    const membership = await this.endIfGone(user, channel, seq, removal.reason)
    if (membership !== undefined) await this.confirmMembership(user, channel, membership)
  }

  /** Whose sessions are not brought in line in time is shown nothing, until they are. */
  private async confirmMembership(
    user: UserSessions,
    channel: Channel,
    { channelId, version }: Membership,
  ): Promise<void> {
    await this.within(this.reconcile(user, channelId))
    const known = user.memberships.get(channelId)
    if (known !== undefined && known.version < version) {
      this.end(user, channel, channel.lastSeq, 'left')
    }
  }

  /**
   * Before part of the stream is skipped: whose membership ended in it, ends now. It would have told of every change,
   * so what is kept of the memberships is over, as where it does.
   */
  async verify(channel: Channel): Promise<void> {
    const users = new Set([...channel.followers()].flatMap(({ user }) => user ?? []))
    const { channelId } = channel
    await this.core.parts.memberships.invalidate(
      Array.from(users, ({ userId }) => ({ channelId, userId, version: 0 })),
    )
    await Promise.all([...users].map((user) => this.endIfGone(user, channel)))
  }

  /** Ends what the directory ended long ago, should its event never have come; reads again what could not be read. */
  sweep(): void {
    const before = this.core.environment.monotonicNow() - this.core.options.headsIntervalMs
    for (const user of this.core.users) {
      const { unread } = user
      user.unread = undefined
      for (const channelId of unread ?? []) void this.reconcile(user, channelId)
      for (const [channelId, since] of user.leaving ?? []) {
        const channel = this.core.channels.get(channelId)
        if (channel === undefined) user.leaving?.delete(channelId)
        else if (since <= before) void this.endIfGone(user, channel)
      }
    }
  }

  /**
   * Brings the sessions of a user in line with the directory; one reading at a time, anew if it changed meanwhile.
   * Never rejects.
   */
  reconcile(user: UserSessions, channelId: string): Promise<void> {
    if (user.reading === undefined) user.reading = new Map()
    const running = user.reading.get(channelId)
    if (running !== undefined) {
      running.again = true
      return running.done
    }
    const reading: Reading = { again: true, done: Promise.resolve() }
    user.reading.set(channelId, reading)
    reading.done = this.readUntilSettled(user, channelId, reading)
    return reading.done
  }

  private async readUntilSettled(
    user: UserSessions,
    channelId: string,
    reading: Reading,
  ): Promise<void> {
    try {
      while (reading.again) {
        reading.again = false
        await this.read(user, channelId, () => reading.again)
      }
    } catch (error) {
      this.unreadable(user, channelId, error)
    } finally {
      user.reading?.delete(channelId)
    }
  }

  private async read(
    user: UserSessions,
    channelId: string,
    isOvertaken: () => boolean,
  ): Promise<void> {
    const membership = await this.core.parts.memberships.get(channelId, user.userId)
    if (isOvertaken() || user.connections.size === 0) return
    const known = user.memberships.get(channelId)
    if (membership === undefined) {
      if (known === undefined) return
      if (user.leaving === undefined) user.leaving = new Map()
      if (!user.leaving.has(channelId)) {
        user.leaving.set(channelId, this.core.environment.monotonicNow())
      }
      return
    }
    const [channel] = await this.core.channels.open([channelId])
    if (channel === undefined) return
    await loadCountsBelow(this.core, [{ channel, membership }])
    if (channel.status !== 'open' || isOvertaken()) return
    const isNewer = known === undefined || known.version < membership.version
    if (isNewer) user.keep(channel, membership)
    user.leaving?.delete(channelId)
    this.core.delivery.flushChannel(channel)
    for (const connection of user.connections) {
      const follows = connection.channels.has(channel)
      if (!follows) this.add(connection, channel, membership)
      else if (isNewer) this.change(connection, channel, membership)
    }
  }

  /** `channel.added` before the channel's first event. */
  private add(connection: Connection, channel: Channel, membership: Membership): void {
    // a session that is being greeted learns of it by what it is greeted with
    if (connection.state !== 'live') return
    if (connection.channels.size >= this.core.options.maxChannelsPerConnection) return
    connection.tell(
      write({ type: 'channel.added', channel: entryOf(channel, membership, connection.user) }),
    )
    channel.follow(connection, membership.visibleFromSeq ?? 1)
  }

  private change(connection: Connection, channel: Channel, membership: Membership): void {
    connection.tell(
      write({ type: 'channel.changed', channel: entryOf(channel, membership, connection.user) }),
    )
    channel.follow(connection, membership.visibleFromSeq ?? 1)
  }

  renamed(channel: Channel, name: string): void {
    if (channel.record === undefined || channel.record.name === name) return
    this.core.delivery.flushChannel(channel)
    channel.record = { ...channel.record, name }
    // members of one role who have read as far, and whose history begins at the same number, see the same entry
    const frames = new Map<string, OutFrame>()
    for (const connection of channel.followers()) {
      const membership = connection.user?.memberships.get(channel.channelId)
      if (membership === undefined) continue
      const entry = entryOf(channel, membership, connection.user)
      const key = `${entry.role} ${entry.oldest_seq} ${entry.read_seq} ${entry.read_message_count}`
      const frame =
        frames.get(key) ?? this.core.encodeFrame(write({ type: 'channel.changed', channel: entry }))
      frames.set(key, frame)
      connection.enqueue(frame)
    }
  }

  /** From here on nothing of the channel goes to the user; what was collected, the event of the leaving included, does. */
  private end(user: UserSessions, channel: Channel, lastSeq: number, reason: Reason): void {
    this.core.delivery.flushChannel(channel)
    user.memberships.delete(channel.channelId)
    user.leaving?.delete(channel.channelId)
    const now = this.core.environment.monotonicNow()
    for (const connection of user.following(channel)) {
      channel.unfollow(connection, now)
      connection.tell(writeRemoved(channel, lastSeq, reason))
    }
  }

  /** Who cannot be shown to be a member is none (I8), until it can be shown. Resolves to the membership that stands. */
  private async endIfGone(
    user: UserSessions,
    channel: Channel,
    lastSeq = 0,
    told?: Reason,
  ): Promise<Membership | undefined> {
    const { channelId } = channel
    const { memberships, directory } = this.core.parts
    const known = user.memberships.get(channelId)
    let reason = told
    try {
      const membership = await memberships.get(channelId, user.userId)
      if (membership !== undefined) return membership
      if (reason === undefined) {
        const [former] = await directory.formerMemberships(user.userId, [channelId])
        reason = former?.reason
      }
    } catch (error) {
      this.unreadable(user, channelId, error)
    }
    // they left, or came back, while this was read: that has been told
    if (user.memberships.get(channelId) !== known) return undefined
    this.end(user, channel, Math.max(lastSeq, channel.lastSeq), reason ?? 'left')
    return undefined
  }

  /** The next sweep reads it again. */
  private unreadable(user: UserSessions, channelId: string, error: unknown): void {
    this.core.failed(error, 'reading a membership')
    if (user.unread === undefined) user.unread = new Set()
    user.unread.add(channelId)
  }

  private async within(promise: Promise<void> | undefined): Promise<void> {
    const { environment, options } = this.core
    await new Promise<void>((resolve) => {
      const timer = environment.setTimer(resolve, options.confirmTimeoutMs)
      void promise?.then(() => {
        environment.clearTimer(timer)
        resolve()
      })
      if (promise === undefined) {
        environment.clearTimer(timer)
        resolve()
      }
    })
  }
}

const isTold = (user: UserSessions, channel: Channel): boolean =>
  user.memberships.has(channel.channelId) || user.following(channel).length > 0
