import type { PresenceStatus } from '@tidings/protocol'
import { inPages } from '../environment/pieces.js'
import { type PresenceRecord, presentest } from '../ports/presence.js'
import type { Core } from './core.js'
import type { UserSessions } from './users.js'

/** A user with a connection here, or who had one a moment ago. */
interface Own {
  user: UserSessions
  /** What was noted last; offline: nothing. */
  noted: PresenceStatus
  notedAt: number
  /** What was told while the engine was away. */
  told: PresenceStatus
  /** Since when there is no connection, on the monotonic clock. */
  goneAt: number | undefined
}

/** Users of one call. */
const NOTE_MAX = 500
/** Users of other processes, that have ended, whose end is told in one round (I7). */
const EXPIRED_MAX = 200
/** Users whose channels are read at the same time. */
const READ_AT_ONCE = 20

/**
 * How this gateway sees its users: online while one of their connections is, away while all are idle or said so.
 * What changes is noted together every few seconds, so that who comes back at once was never away; what does not is
 * renewed. One timer for all, and none while nobody is here.
 */
export class OwnPresence {
  /** By user; those noted longest ago first. */
  private readonly users = new Map<string, Own>()
  private readonly dirty = new Set<Own>()
  /** Who has ended and whose channels could not be read: what they are by then is told in the next round. */
  private readonly unheard = new Set<string>()
  /** On the monotonic clock. */
  private roundAt = Number.NEGATIVE_INFINITY
  private endsCountFrom = Number.NEGATIVE_INFINITY
  private timer: unknown
  private stopped = false

  constructor(private readonly core: Core) {}

  /** A connection of this user came, went, or is something else now. */
  changed(user: UserSessions | undefined): void {
    if (user === undefined || this.stopped || this.core.parts.presence === undefined) return
    const own = this.users.get(user.userId)
    if (own === undefined) {
      // who never was live here has nothing to withdraw
      if (localStatus(user) !== 'offline') this.add(user)
      return
    }
    own.user = user
    own.goneAt =
      localStatus(user) === 'offline'
        ? (own.goneAt ?? this.core.environment.monotonicNow())
        : undefined
    this.wait(own)
    this.arm()
  }

  /** What is seen of a user here: counts also while the engine is away. */
  here(userId: string): PresenceStatus {
    const own = this.users.get(userId)
    return own === undefined ? 'offline' : localStatus(own.user)
  }

  /** A membership changed: of a user who is gone nothing is told there any more. */
  forget(channelId: string, userId: string): void {
    const own = this.users.get(userId)
    if (own?.goneAt !== undefined) own.user.memberships.delete(channelId)
  }

  stop(): void {
    this.stopped = true
    this.core.environment.clearTimer(this.timer)
    this.users.clear()
    this.dirty.clear()
    this.unheard.clear()
    this.core.metrics.presenceWaiting(0)
  }

  private add(user: UserSessions): void {
    const own: Own = { user, noted: 'offline', notedAt: 0, told: 'offline', goneAt: undefined }
    this.users.set(user.userId, own)
    this.wait(own)
    this.arm()
  }

  private wait(own: Own): void {
    this.dirty.add(own)
    this.core.metrics.presenceWaiting(this.dirty.size)
  }

  private arm(): void {
    if (this.timer !== undefined || this.stopped) return
    this.timer = this.core.environment.setTimer(() => {
      void this.round().finally(() => {
        this.timer = undefined
        if (this.users.size > 0 || this.unheard.size > 0) this.arm()
      })
    }, this.core.options.presenceIntervalMs)
  }

  private async round(): Promise<void> {
    const now = this.core.environment.monotonicNow()
    if (now - this.roundAt > this.core.options.presenceRenewMs) this.distrustEnds()
    this.roundAt = now
    const due = this.due()
    for (let i = 0; i < due.length; i += NOTE_MAX) await this.note(due.slice(i, i + NOTE_MAX))
    this.core.metrics.presenceWaiting(this.dirty.size)
    if (this.core.environment.monotonicNow() >= this.endsCountFrom) await this.tellExpired()
  }

  /**
   * While the engine was away, and who knows whether it was while nobody asked it, notes have ended whose holders are
   * there: they are renewed within this time, by other gateways perhaps later than by this one.
   */
  private distrustEnds(): void {
    const { environment, options } = this.core
    this.endsCountFrom =
      environment.monotonicNow() + options.presenceRenewMs + 2 * options.presenceIntervalMs
  }

  private due(): readonly Own[] {
    const now = this.core.environment.monotonicNow()
    const due = new Set<Own>()
    for (const own of this.dirty) {
      const isSettling =
        own.goneAt !== undefined && now - own.goneAt < this.core.options.presenceGraceMs
      if (isSettling) continue
      this.dirty.delete(own)
      if (localStatus(own.user) !== own.noted) due.add(own)
      else if (own.noted === 'offline') this.users.delete(own.user.userId)
    }
    const before = now - this.core.options.presenceRenewMs
    for (const own of this.users.values()) {
      if (own.notedAt > before) break
      if (own.noted !== 'offline' && own.goneAt === undefined) due.add(own)
    }
    return [...due]
  }

  private async note(due: readonly Own[]): Promise<void> {
    const { parts, environment } = this.core
    const seenAt = environment.now()
    const begun = environment.monotonicNow()
    const notes = due.map(({ user }) => ({
      userId: user.userId,
      status: localStatus(user),
      seenAt,
    }))
    try {
      const changes = (await parts.presence?.note(parts.processId, notes)) ?? []
      due.forEach((own, i) => {
        this.noted(own, notes[i]?.status ?? 'offline', begun)
      })
      for (const some of inPages(changes, READ_AT_ONCE)) {
        await Promise.all(some.map((one) => this.tell(one, this.users.get(one.userId)?.user)))
      }
    } catch (error) {
      this.distrustEnds()
      this.core.failed(error, 'noting presence')
      due.forEach((own, i) => {
        this.missed(own, notes[i]?.status ?? 'offline')
      })
    }
  }

  private noted(own: Own, status: PresenceStatus, at: number): void {
    const { userId } = own.user
    own.noted = status
    own.told = status
    own.notedAt = at
    // who was noted last comes last
    if (this.users.get(userId) === own) this.users.delete(userId)
    this.users.set(userId, own)
    // who is offline stays for one more round: so that the change is told
    if (localStatus(own.user) !== status || status === 'offline') this.dirty.add(own)
  }

  /** Without the engine own connections still count; that somebody is gone nobody can say then. */
  private missed(own: Own, status: PresenceStatus): void {
    this.dirty.add(own)
    if (status === 'offline' || status === own.told) return
    own.told = status
    void this.tell({ userId: own.user.userId, status }, own.user)
  }

  private async tellExpired(): Promise<void> {
    const { presence } = this.core.parts
    if (presence === undefined || this.stopped) return
    try {
      const late = [...this.unheard]
      if (late.length > 0) await this.tellEnded(await presence.read(late))
      // each end is told to one caller, once: no more are asked for than can be kept
      const room = EXPIRED_MAX - this.unheard.size
      if (room > 0) await this.tellEnded(await presence.expired(room))
    } catch (error) {
      this.distrustEnds()
      this.core.failed(error, 'ending presence')
    }
  }

  /** A few at a time, because each is a reading of the directory. */
  private async tellEnded(records: readonly PresenceRecord[]): Promise<void> {
    for (const some of inPages(records, READ_AT_ONCE)) {
      await Promise.all(some.map((record) => this.tellEverywhere(record, [])))
    }
  }

  /** In all channels of the user (P-99); where they cannot be read, in these, and what is true then in the others later. */
  private async tellEverywhere(record: PresenceRecord, known: readonly string[]): Promise<void> {
    const { userId } = record
    try {
      const memberships = await this.core.parts.directory.membershipsOf(userId)
      this.unheard.delete(userId)
      this.send(
        record,
        memberships.map(({ channelId }) => channelId),
      )
    } catch (error) {
      this.core.failed(error, 'reading whom to tell of presence')
      if (this.unheard.size < EXPIRED_MAX) this.unheard.add(userId)
      this.send(record, known)
    }
  }

  private async tell(record: PresenceRecord, user: UserSessions | undefined): Promise<void> {
    const known = [...(user?.memberships.keys() ?? [])]
    if (user?.hasUnlisted === true) await this.tellEverywhere(record, known)
    else this.send(record, known)
  }

  private send({ userId, status, lastSeen }: PresenceRecord, channelIds: readonly string[]): void {
    if (channelIds.length === 0) return
    const isShown = status === 'offline' && lastSeen !== undefined && this.core.options.showLastSeen
    this.core.parts.ephemeral?.send({
      kind: 'presence',
      userId,
      status,
      ...(isShown && { lastSeen }),
      channelIds,
    })
  }
}

function localStatus(user: UserSessions): PresenceStatus {
  let status: PresenceStatus = 'offline'
  for (const { state, idle, away } of user.connections) {
    if (state === 'live') status = presentest(status, idle || away ? 'away' : 'online')
    // a user with a thousand connections is looked at with each of them
    if (status === 'online') break
  }
  return status
}
