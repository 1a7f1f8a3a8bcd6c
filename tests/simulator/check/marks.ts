import type { ClientFrames } from '@tidings/protocol'
import type { ReceiptRise } from '../../../packages/server/src/ports/receipts.js'
import type { Stored } from './stored.js'
import type { Violations } from './violation.js'

type Kind = ReceiptRise['kind']

export interface Mark {
  readonly epoch: number
  readonly seq: number
}

const keyOf = (kind: Kind, channelId: string, userId: string): string =>
  `${kind}\n${channelId}\n${userId}`

/** True if `a` says at least as much as `b`. */
export const reaches = (a: Mark, b: Mark): boolean =>
  a.epoch > b.epoch || (a.epoch === b.epoch && a.seq >= b.seq)

/** Every watermark that was said, and every one that was stored: each must come from one that was said (P-91). */
export class Marks {
  /** The furthest number that each user named, whatever its epoch. */
  readonly #said = new Map<string, number>()
  /** The furthest that was ever stored. */
  readonly #stored = new Map<string, Mark>()
  /** How often one that is shown went back. */
  readonly #lowered = new Map<string, number>()

  readonly counts = { stored: 0, lowered: 0 }

  constructor(
    private readonly stored: Stored,
    private readonly violations: Violations,
  ) {}

  /** A receipt of a user reached the server. */
  said(userId: string, frame: ClientFrames['receipt.read' | 'receipt.delivered']): void {
    const kind = frame.type === 'receipt.read' ? 'read' : 'delivered'
    const key = keyOf(kind, frame.channel_id, userId)
    this.#said.set(key, Math.max(frame.seq, this.#said.get(key) ?? 0))
  }

  /** Watermarks were written to where they are kept. */
  raised(rises: readonly ReceiptRise[]): void {
    this.counts.stored += rises.length
    for (const rise of rises) this.#raised(rise)
  }

  /** The furthest that was stored of a user, also where a backup took the place of it. */
  everStored(kind: Kind, channelId: string, userId: string): Mark | undefined {
    return this.#stored.get(keyOf(kind, channelId, userId))
  }

  /** A watermark that is shown went back: once for each time that numbering started anew, and no more. */
  lowered(channelId: string, of: string): void {
    const key = `${channelId} ${of}`
    const times = (this.#lowered.get(key) ?? 0) + 1
    this.#lowered.set(key, times)
    this.counts.lowered += 1
    if (times <= this.stored.timesRenumbered(channelId)) return
    this.violations.add('P-91', 'a watermark was shown that went back', key)
  }

  #raised(rise: ReceiptRise): void {
    const { kind, channelId, userId, epoch, seq, messageCount } = rise
    const where = `${userId} has ${kind} ${channelId} ${epoch}:${seq}`
    const row = this.stored.channel(channelId).at(seq, epoch)
    if (row === undefined) {
      this.violations.add('P-91', 'a watermark names a number that is not stored', where)
    } else if (row.event.message_count !== messageCount) {
      const counts = `${messageCount}, not ${row.event.message_count}`
      this.violations.add('P-92', 'a watermark counts messages wrongly', `${where}: ${counts}`)
    }
    const key = keyOf(kind, channelId, userId)
    const isOwn = kind === 'read' && row?.event.user_id === userId
    if (!isOwn && (this.#said.get(key) ?? 0) < seq) {
      this.violations.add('P-91', 'a watermark rose that nobody moved', where)
    }
    const before = this.#stored.get(key)
    if (before === undefined || !reaches(before, rise)) this.#stored.set(key, { epoch, seq })
  }
}
