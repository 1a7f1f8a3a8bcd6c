import type { ClientFrame, ServerFrame, ServerFrames } from '@tidings/protocol'
import type { Line } from '../world/line.js'
import type { Access } from './access.js'
import { type Marks, reaches } from './marks.js'
import type { Violations } from './violation.js'

/** What was on its way when a membership ended may name who had it for so long. */
const UNDER_WAY_MS = 15_000
/** How long what somebody types may be on its way. */
const TYPING_UNDER_WAY_MS = 5_000
/** Of what may wait for a reader: above the first part typing is left out, above the second the rest (P-101). */
const SHARES = { 'typing.update': 1 / 4, 'presence.update': 1 / 2, 'receipt.update': 1 / 2 }

export interface BesideCounts {
  typing: number
  presence: number
  snapshots: number
  receipts: number
  listings: number
}

/** Presence, typing and receipts on the wires: who may be told, of whom, and after what (I8; P-91 to P-101). */
export class BesideWire {
  /** By line: the channels whose presence its client wants to be told. */
  readonly #wanted = new Map<Line, Set<string>>()
  /** When somebody said last that they type. */
  readonly #typedAt = new Map<string, number>()
  readonly counts: BesideCounts = {
    typing: 0,
    presence: 0,
    snapshots: 0,
    receipts: 0,
    listings: 0,
  }

  constructor(
    private readonly access: Access,
    private readonly marks: Marks,
    private readonly violations: Violations,
    private readonly nowMs: () => number,
    private readonly bufferMaxBytes: number,
  ) {}

  /** A frame of a client that reached the server. */
  received(line: Line, frame: ClientFrame): void {
    switch (frame.type) {
      case 'receipt.read':
      case 'receipt.delivered':
        return this.marks.said(userOf(line), frame)
      case 'typing':
        this.#typedAt.set(`${frame.channel_id}\n${userOf(line)}`, this.nowMs())
        return
      case 'presence.subscribe':
        this.#wantedBy(line).add(frame.channel_id)
        return
      case 'presence.unsubscribe':
        this.#wantedBy(line).delete(frame.channel_id)
    }
  }

  /** A frame of the server. */
  wrote(line: Line, envelope: ServerFrame): void {
    switch (envelope.type) {
      case 'channel.removed':
        this.#wantedBy(line).delete(envelope.channel_id)
        return
      case 'typing.update':
        this.counts.typing += 1
        this.#ephemeral(line, envelope)
        return this.#typing(line, envelope)
      case 'presence.update':
        this.counts.presence += 1
        this.#ephemeral(line, envelope)
        if (!this.#wantedBy(line).has(envelope.channel_id)) {
          const where = `${envelope.channel_id} to ${userOf(line)}`
          this.violations.add('P-99', 'presence was told to who did not ask for it', where)
        }
        return this.#about(envelope.channel_id, envelope.user_id, 'P-99')
      case 'receipt.update':
        this.counts.receipts += 1
        this.#ephemeral(line, envelope)
        return this.#receipt(envelope)
      case 'presence.snapshot': {
        this.counts.snapshots += 1
        const users = envelope.users.map(({ user_id }) => user_id)
        return this.#list(line, envelope.channel_id, users, 'P-99')
      }
      case 'receipts.page': {
        this.counts.listings += 1
        const users = envelope.receipts.map(({ user_id }) => user_id)
        return this.#list(line, envelope.channel_id, users, 'P-95')
      }
    }
  }

  forget(line: Line): void {
    this.#wanted.delete(line)
  }

  /** I8: nobody outside; P-101: nothing of it to who is slow. */
  #ephemeral(line: Line, { type, channel_id }: { type: keyof typeof SHARES; channel_id: string }) {
    this.#mayKnow(line, channel_id, type)
    // what others of the same moment wrote was not there yet when this was put in line
    if (line.bufferedBeforeBytes > this.bufferMaxBytes * SHARES[type]) {
      const where = `${channel_id} to ${userOf(line)}: ${line.bufferedBeforeBytes} bytes wait`
      this.violations.add('P-101', `${type} was not left out for a slow reader`, where)
    }
  }

  #typing(line: Line, { channel_id, user_id, state }: ServerFrames['typing.update']): void {
    const where = `${channel_id} of ${user_id} to ${userOf(line)}`
    if (user_id === userOf(line)) {
      this.violations.add('P-96', 'typing was told to who types', where)
    }
    const typedAtMs = this.#typedAt.get(`${channel_id}\n${user_id}`) ?? Number.NEGATIVE_INFINITY
    if (state === 'start' && this.nowMs() - typedAtMs > TYPING_UNDER_WAY_MS) {
      this.violations.add('P-96', 'typing was told of who does not type', where)
    }
    this.#about(channel_id, user_id, 'P-96')
  }

  /** P-92: what is told is stored. */
  #receipt({ kind, channel_id, user_id, epoch = 1, seq }: ServerFrames['receipt.update']): void {
    if (kind !== 'read' && kind !== 'delivered') return
    const stored = this.marks.everStored(kind, channel_id, user_id)
    if (stored !== undefined && reaches(stored, { epoch, seq })) return
    const where = `${user_id} has ${kind} ${channel_id} ${epoch}:${seq}`
    this.violations.add('P-92', 'a watermark was told before it was stored', where)
  }

  #list(line: Line, channelId: string, users: readonly string[], statement: 'P-95' | 'P-99'): void {
    this.#mayKnow(line, channelId, 'a list of its members')
    for (const userId of users) this.#about(channelId, userId, statement)
    if (new Set(users).size < users.length) {
      this.violations.add(statement, 'a list names somebody twice', `${channelId}: ${users}`)
    }
  }

  #mayKnow(line: Line, channelId: string, what: string): void {
    if (this.access.of(channelId, userOf(line)).status !== 'out') return
    const where = `${channelId} to ${userOf(line)}`
    this.violations.add('I8', `${what} reached somebody who is no member`, where)
  }

  /** Of who is no member any more nothing is told, save what was under way. */
  #about(channelId: string, userId: string, statement: 'P-95' | 'P-96' | 'P-99'): void {
    if (this.access.outForMs(channelId, userId) <= UNDER_WAY_MS) return
    this.violations.add(
      statement,
      'something was told of who is no member',
      `${userId} in ${channelId}`,
    )
  }

  #wantedBy(line: Line): Set<string> {
    const wanted = this.#wanted.get(line) ?? new Set()
    this.#wanted.set(line, wanted)
    return wanted
  }
}

const userOf = (line: Line): string => line.userId ?? ''
