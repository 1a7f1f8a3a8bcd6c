import type { Membership } from '../ports/membership.js'
import { isFurther, type ReceiptKind, type Watermark } from '../ports/receipts.js'
import type { Channel } from './channel.js'
import type { Connection } from './connection.js'
import type { Bucket } from './token-bucket.js'

/** A membership that is being read; `again` when it changed meanwhile. */
export interface Reading {
  again: boolean
  done: Promise<void>
}

/** The live sessions of one user at this gateway, and the memberships under which they were told channels. */
export class UserSessions {
  readonly connections = new Set<Connection>()
  readonly memberships = new Map<string, Membership>()
  /** There are more than those: a list is told in parts (P-23). */
  hasUnlisted = false
  /** Channels the directory no longer has this user in, and since when: their `member.left` is on its way. */
  leaving: Map<string, number> | undefined = undefined
  /** Channels whose membership could not be read: it is tried again with the next comparison of heads. */
  unread: Set<string> | undefined = undefined
  /** Channels whose membership is being read. */
  reading: Map<string, Reading> | undefined = undefined

  /** Whoever reads memberships of this user puts a set here: it gets the channels that change meanwhile. */
  watching: Set<Set<string>> | undefined = undefined

  /** How far this user is, by channel, as far as is known here. */
  marks: Partial<Record<ReceiptKind, Map<string, Watermark>>> | undefined = undefined
  marksAreRead = false
  /** What bounds `typing`; made when it is first needed. */
  typing: Bucket | undefined = undefined

  constructor(readonly userId: string) {}

  markOf(kind: ReceiptKind, channelId: string): Watermark | undefined {
    return this.marks?.[kind]?.get(channelId)
  }

  /** Takes over a watermark if it is further than what is known. */
  mark(kind: ReceiptKind, channelId: string, mark: Watermark): boolean {
    if (!isFurther(mark, this.markOf(kind, channelId))) return false
    if (this.marks === undefined) this.marks = {}
    this.marks[kind] ??= new Map()
    this.marks[kind].set(channelId, mark)
    return true
  }

  /** Notes a membership with the texts that the channel and the user have already: they are kept once, not once more. */
  keep({ channelId, record }: Channel, membership: Membership): void {
    const { workspaceId = membership.workspaceId } = record ?? {}
    this.memberships.set(channelId, { ...membership, channelId, workspaceId, userId: this.userId })
  }

  /** A membership changed: what is being read about it must be read again (R13). */
  touch(channelId: string): void {
    const reading = this.reading?.get(channelId)
    if (reading !== undefined) reading.again = true
    for (const touched of this.watching ?? []) touched.add(channelId)
  }

  /** Runs with a set of the channels that are touched while it does. */
  async watch<T>(run: (touched: Set<string>) => Promise<T>): Promise<T> {
    const touched = new Set<string>()
    if (this.watching === undefined) this.watching = new Set()
    this.watching.add(touched)
    try {
      return await run(touched)
    } finally {
      this.watching.delete(touched)
      if (this.watching.size === 0) this.watching = undefined
    }
  }

  /** The sessions that follow a channel. */
  following(channel: Channel): readonly Connection[] {
    return [...this.connections].filter((connection) => connection.channels.has(channel))
  }
}

/** All users with a session here. A session stands in it before its memberships are read (R13). */
export class Users {
  private readonly byId = new Map<string, UserSessions>()

  get(userId: string): UserSessions | undefined {
    return this.byId.get(userId)
  }

  register(userId: string, connection: Connection): UserSessions {
    let user = this.byId.get(userId)
    if (user === undefined) {
      user = new UserSessions(userId)
      this.byId.set(userId, user)
    }
    user.connections.add(connection)
    connection.user = user
    return user
  }

  release(connection: Connection): void {
    const { user } = connection
    if (user === undefined) return
    user.connections.delete(connection)
    if (user.connections.size === 0 && this.byId.get(user.userId) === user) {
      this.byId.delete(user.userId)
    }
  }

  [Symbol.iterator](): IterableIterator<UserSessions> {
    return this.byId.values()
  }
}
