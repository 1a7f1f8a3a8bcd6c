import { type ChannelEvents, LIMITS } from '@tidings/protocol'
import { withDeadline } from '../environment/deadline.js'
import { inPages } from '../environment/pieces.js'
import { StoreDamaged } from '../ports/message-store.js'
import type { ReceiptPush } from '../ports/push.js'
import { isFurther, type ReceiptKind, type ReceiptRise } from '../ports/receipts.js'
import { validMark } from '../receipts/valid-mark.js'
import type { Channel } from './channel.js'
import type { Connection } from './connection.js'
import type { Core } from './core.js'
import type { UserSessions } from './users.js'

/** A watermark that waits to be stored. */
interface Waiting extends Omit<ReceiptRise, 'messageCount'> {
  readonly channel: Channel
  readonly user: UserSessions
  /** Undefined: the store must be asked. */
  readonly messageCount: number | undefined
}

/** Watermarks of one write: its transaction keeps others that write waiting only for a moment. */
const WRITE_MAX = 500
/** How long a hello waits for what its user has read; then it is answered without. */
const LOAD_TIMEOUT_MS = 1_000
const RETRY_MAX_MS = 5_000

/**
 * Receipts of the users here: the furthest of each watermark waits for a moment, is stored with the others, and is
 * then told. Nothing else waits for it, and what is dropped at a bound comes again with the user's next.
 */
export class ReceiptsIn {
  private waiting = new Map<string, Waiting>()
  /** What is stored and not told yet, by channel: the newest of each user. */
  private readonly untold = new Map<string, Map<string, ReceiptPush>>()
  private timer: unknown
  private working: Promise<void> | undefined
  private failures = 0
  private stopped = false

  constructor(private readonly core: Core) {}

  /** Takes a receipt of a user in a channel that they follow; `seq` in the numbering of `epoch`. */
  take(connection: Connection, channel: Channel, kind: ReceiptKind, asked: ReceiptAsked): void {
    const { user } = connection
    if (user === undefined || this.stopped) return
    const { epoch, seq } = validMark(channel, { ...asked, messageCount: 0 })
    this.wait(user, channel, kind, epoch, Math.min(seq, channel.lastSeq))
  }

  /** A message counts as read by who sent it; the sequencer stores that, here it is known at once. */
  sent(channel: Channel, event: ChannelEvents['message.new']): void {
    const user = this.core.users.get(event.user_id)
    if (user === undefined || this.core.parts.receipts === undefined) return
    user.mark('read', channel.channelId, {
      epoch: channel.epoch,
      seq: event.channel_seq,
      messageCount: event.message_count,
    })
  }

  /** Reads how far a user has read. Never rejects: without it a session is greeted all the same. */
  async load(user: UserSessions, anew: boolean): Promise<void> {
    const { receipts } = this.core.parts
    if (receipts === undefined || (user.marksAreRead && !anew)) return
    const { environment } = this.core
    try {
      const all = await withDeadline(environment, receipts.ofUser(user.userId), LOAD_TIMEOUT_MS)
      for (const { channelId, read, delivered } of all) {
        if (read !== undefined) user.mark('read', channelId, read)
        if (delivered !== undefined) user.mark('delivered', channelId, delivered)
      }
      user.marksAreRead = true
    } catch (error) {
      this.core.failed(error, 'reading receipts')
    }
  }

  /** Stores what waits, once, and ends. */
  async stop(): Promise<void> {
    if (this.stopped) return
    await this.working
    // a round that failed has armed it again
    this.core.environment.clearTimer(this.timer)
    this.stopped = true
    const { waiting } = this
    this.waiting = new Map()
    this.untold.clear()
    await this.store([...waiting.values()]).catch((error: unknown) =>
      this.core.failed(error, 'storing receipts'),
    )
  }

  private wait(
    user: UserSessions,
    channel: Channel,
    kind: ReceiptKind,
    epoch: number,
    seq: number,
  ): void {
    const { channelId } = channel
    const known = user.markOf(kind, channelId)
    // what changes nothing is not stored again (P-91)
    if (seq === 0 || (known !== undefined && validMark(channel, known).seq >= seq)) return
    const key = `${kind}\n${user.userId}\n${channelId}`
    const other = this.waiting.get(key)
    if (!isFurther({ epoch, seq }, other)) return
    if (other === undefined && this.waiting.size >= this.core.options.receiptsMaxWaiting) {
      this.core.metrics.shed('receipt', 1)
      return
    }
    const messageCount =
      seq === channel.lastSeq ? channel.messageCount : channel.tail.messageCountAt(seq)
    const { userId } = user
    this.waiting.set(key, { kind, channelId, userId, epoch, seq, channel, user, messageCount })
    this.arm()
  }

  private arm(): void {
    if (this.timer !== undefined || this.stopped) return
    const { environment, options } = this.core
    const delayMs = Math.min(options.receiptsIntervalMs * 2 ** this.failures, RETRY_MAX_MS)
    this.timer = environment.setTimer(() => {
      this.working = this.work().finally(() => {
        this.working = undefined
        this.timer = undefined
        if (this.waiting.size > 0 || this.untold.size > 0) this.arm()
      })
    }, delayMs)
  }

  private async work(): Promise<void> {
    const { waiting } = this
    this.waiting = new Map()
    try {
      await this.store([...waiting.values()])
      this.failures = 0
    } catch (error) {
      this.core.failed(error, 'storing receipts')
      this.failures = Math.min(this.failures + 1, 10)
      for (const { user, channel, kind, epoch, seq } of waiting.values()) {
        this.wait(user, channel, kind, epoch, seq)
      }
    }
    this.tell()
  }

  private async store(waiting: readonly Waiting[]): Promise<void> {
    const { receipts } = this.core.parts
    if (receipts === undefined) return
    for (const chunk of inPages(waiting, WRITE_MAX)) {
      const risen: [Waiting, ReceiptRise][] = []
      const count = async (one: Waiting): Promise<void> => {
        try {
          risen.push([one, await this.counted(one)])
        } catch (error) {
          // of a channel that can never be read nothing is kept: others do not wait for it (I7)
          if (!(error instanceof StoreDamaged)) throw error
          this.core.failed(error, 'counting what is read')
          this.core.metrics.shed('receipt', 1)
        }
      }
      await Promise.all(chunk.map(count))
      await receipts.raise(risen.map(([, rise]) => rise))
      for (const [one, rise] of risen) this.risen(one, rise)
    }
  }

  private async counted(waiting: Waiting): Promise<ReceiptRise> {
    const { kind, channelId, userId, epoch, seq } = waiting
    const messageCount = waiting.messageCount ?? (await this.countAt(channelId, seq))
    return { kind, channelId, userId, epoch, seq, messageCount }
  }

  private async countAt(channelId: string, seq: number): Promise<number> {
    const query = { channelId, beforeSeq: seq + 1, direction: 'backward', limit: 1 } as const
    const page = await this.core.store.page(query)
    return page.events.at(-1)?.message_count ?? 0
  }

  private risen({ user, channel }: Waiting, rise: ReceiptRise): void {
    const { kind, channelId, userId, epoch, seq, messageCount } = rise
    user.mark(kind, channelId, { epoch, seq, messageCount })
    const ownOnly = channel.memberCount > LIMITS.receiptsMembersMax
    // what one device has got is of no interest to the others
    if (ownOnly && kind === 'delivered') return
    const ofChannel = this.untold.get(channelId) ?? new Map<string, ReceiptPush>()
    ofChannel.set(`${kind}\n${userId}`, { kind: 'receipt', rise, ownOnly })
    this.untold.set(channelId, ofChannel)
  }

  private tell(): void {
    const { options, parts } = this.core
    const atOnce = Math.ceil((options.receiptUpdatesPerS * options.receiptsIntervalMs) / 1_000)
    for (const [channelId, pushes] of this.untold) {
      let told = 0
      for (const [key, push] of pushes) {
        if (told++ === atOnce) break
        pushes.delete(key)
        parts.ephemeral?.send(push)
      }
      if (pushes.size === 0) this.untold.delete(channelId)
    }
  }
}

export interface ReceiptAsked {
  readonly epoch: number
  readonly seq: number
}
