import type { ClientFrame, ClientFrames, ServerFrame, ServerFrames } from '@tidings/protocol'
import type { Line } from '../world/line.js'
import type { Access } from './access.js'
import type { BesideWire } from './beside-wire.js'
import { envelopesOf, ServerEnvelopes } from './envelopes.js'
import type { NamedChannels } from './named.js'
import { checkPage } from './pages.js'
import type { PulledHeads } from './pulled.js'
import { type Event, identityOf, type Stored } from './stored.js'
import type { Violations } from './violation.js'

/** How a command was answered. */
export interface CommandAnswer {
  readonly channelId: string
  readonly userId: string
  readonly clientMsgId: string
  readonly epoch: number
  /** 0 when it changed nothing. */
  readonly seq: number
  readonly messageId: string
  readonly deduplicated: boolean
}

interface LineState {
  readonly requests: Map<string, ClientFrames['backfill.request']>
  /** The next number of each channel on this connection; none: any may come. */
  readonly next: Map<string, number>
  /** The highest number of each channel that reached the client on it. */
  readonly seen: Map<string, number>
}

const FRAME_MAX_BYTES = 256 * 1024
const CLIENT_FRAME_MAX_BYTES = 64 * 1024
const ENVELOPES_MAX = 100

/** What was seen of a run on its wires, for the report. */
export interface WireCounts {
  served_changed: number
  deduplicated: number
  rejected: number
  min_as_of: number
  overtaken: number
  resets: number
  heads: number
}

/** Holds everything that crosses the wires against what is stored and who may see it. */
export class Wire {
  readonly #lines = new Map<Line, LineState>()
  readonly #envelopes = new ServerEnvelopes()
  /** Every ack that a client got, by its command. */
  readonly acks = new Map<string, CommandAnswer[]>()
  readonly counts: WireCounts = {
    served_changed: 0,
    deduplicated: 0,
    rejected: 0,
    min_as_of: 0,
    overtaken: 0,
    resets: 0,
    heads: 0,
  }

  constructor(
    private readonly stored: Stored,
    private readonly access: Access,
    private readonly violations: Violations,
    /** What is no part of the stream. */
    private readonly beside: BesideWire,
    private readonly pulled: PulledHeads,
    private readonly named: NamedChannels,
  ) {}

  /** A frame of the server, before anything happens to it on its way. */
  wrote(line: Line, text: string): void {
    if (text.length > FRAME_MAX_BYTES)
      this.violations.add('I7', 'a frame of the server is too large')
    const envelopes = this.#envelopes.of(text)
    if (envelopes.length > ENVELOPES_MAX)
      this.violations.add('I7', 'a frame holds too many envelopes')
    for (const envelope of envelopes) this.#wrote(line, envelope)
  }

  /** A frame that reached its client. */
  delivered(line: Line, text: string): void {
    for (const envelope of this.#envelopes.of(text)) {
      if (envelope.type === 'message.ack') this.#acked(line, envelope)
      else if (envelope.type === 'message.backfill') {
        // the client must fold in what it has seen above the page (R14)
        const seen = this.#state(line).seen.get(envelope.channel_id) ?? 0
        if (envelope.as_of_seq < seen) this.counts.overtaken += 1
      } else if ('channel_seq' in envelope) {
        this.#state(line).seen.set(envelope.channel_id, envelope.channel_seq)
      }
    }
  }

  /** A frame of a client that reached the server. */
  received(line: Line, text: string): void {
    if (Buffer.byteLength(text) > CLIENT_FRAME_MAX_BYTES) {
      this.violations.add('I7', 'a frame of a client is too large')
    }
    for (const frame of envelopesOf<ClientFrame>(text)) {
      this.beside.received(line, frame)
      if (frame.type === 'channels.list') this.named.asked(line, frame)
      if (frame.type !== 'backfill.request') continue
      const { requests } = this.#state(line)
      requests.set(frame.ref, frame)
      if (frame.min_as_of_seq !== undefined) this.counts.min_as_of += 1
    }
  }

  forget(line: Line): void {
    this.#lines.delete(line)
    this.beside.forget(line)
    this.pulled.forget(line)
    this.named.forget(line)
  }

  #wrote(line: Line, envelope: ServerFrame): void {
    const { userId } = line
    switch (envelope.type) {
      case 'hello_ack':
        line.userId = envelope.user_id
        this.named.greeted(line, envelope)
        for (const entry of envelope.channels) this.#entry(line, entry)
        return
      case 'channels.page':
        this.named.page(line, envelope)
        for (const entry of envelope.channels) this.#entry(line, entry)
        return
      case 'channel.added':
        this.named.added(line, envelope.channel.channel_id)
        this.#entry(line, envelope.channel)
        return
      case 'channel.changed':
        this.#entry(line, envelope.channel)
        return
      case 'channel.head':
        this.counts.heads += 1
        this.#mayKnow(line, envelope.channel_id, envelope.type)
        return this.#head(line, envelope)
      case 'channel.reset':
        this.counts.resets += 1
        this.#state(line).next.delete(envelope.channel_id)
        this.pulled.over(line, envelope.channel_id)
        this.#mayKnow(line, envelope.channel_id, envelope.type)
        return
      case 'channel.removed':
        this.#state(line).next.delete(envelope.channel_id)
        this.pulled.over(line, envelope.channel_id)
        this.named.removed(line, envelope.channel_id)
        this.beside.wrote(line, envelope)
        return
      case 'message.backfill':
        this.#page(line, envelope)
        return
      case 'message.ack':
        if (envelope.deduplicated) this.counts.deduplicated += 1
        this.#ackWritten(line, envelope)
        return
      case 'error':
        if (envelope.client_msg_id !== undefined && !envelope.retryable) this.counts.rejected += 1
        if (envelope.ref !== undefined) this.#state(line).requests.delete(envelope.ref)
        return
    }
    if (userId !== undefined && 'channel_seq' in envelope) this.#event(line, envelope as Event)
    else this.beside.wrote(line, envelope)
  }

  /** P-33, P-51: behind a head that was told live events go on right above it. */
  #head(line: Line, { channel_id, head_seq, spread_ms }: ServerFrames['channel.head']): void {
    this.#state(line).next.set(channel_id, head_seq + 1)
    if (spread_ms !== undefined) this.pulled.told(line, channel_id)
  }

  #event(line: Line, event: Event): void {
    const { channel_id, channel_seq, epoch = 1 } = event
    const userId = line.userId ?? ''
    const where = `${channel_id} ${epoch}:${channel_seq} to ${userId}`
    const standing = this.access.of(channel_id, userId)
    if (standing.status === 'out' && channel_seq > standing.lastSeq) {
      this.violations.add('I8', 'an event reached somebody who is no member', where)
    }
    if (standing.status === 'member' && channel_seq < standing.visibleFrom && !isHidden(event)) {
      this.violations.add('I8', 'an event from before their history reached a member', where)
    }
    const known = this.stored.everAt(channel_id, epoch, channel_seq)
    if (known === undefined) {
      this.violations.add('I1', 'an event was delivered that is not stored', where)
    } else if (!isHidden(event) && known !== identityOf(event)) {
      this.violations.add(
        'I2',
        'two readers see two events at one number',
        `${where}: ${known}, ${identityOf(event)}`,
      )
    }
    const { next } = this.#state(line)
    const expected = next.get(channel_id)
    if (expected !== undefined && expected !== channel_seq) {
      this.violations.add(
        'I2',
        'live events are not one after the other',
        `${where}, not ${expected}`,
      )
    }
    next.set(channel_id, channel_seq + 1)
    this.pulled.live(line, channel_id)
  }

  #entry(line: Line, entry: ServerFrames['channel.added']['channel']): void {
    const { channel_id, head_seq, epoch = 1 } = entry
    this.#mayKnow(line, channel_id, 'an entry', head_seq)
    const channel = this.stored.channel(channel_id)
    if (epoch === channel.epoch && head_seq > channel.head) {
      this.violations.add('I6', 'a head is stated that is not stored', `${channel_id} ${head_seq}`)
    }
    // what follows goes on from the stated head; an entry that changes one known already says nothing new of it
    if (!this.#state(line).next.has(channel_id))
      this.#state(line).next.set(channel_id, head_seq + 1)
  }

  #page(line: Line, page: ServerFrames['message.backfill']): void {
    const { requests } = this.#state(line)
    const request = requests.get(page.ref)
    requests.delete(page.ref)
    this.#mayKnow(line, page.channel_id, 'a page')
    if (request === undefined) {
      this.violations.add('I6', 'a page answers no request', page.channel_id)
      return
    }
    const { visibleFrom } = this.access.of(page.channel_id, line.userId ?? '')
    checkPage(request, page, this.stored, this.violations, visibleFrom)
    for (const event of page.messages) {
      if (event.type === 'message.new' && event.rev !== undefined) this.counts.served_changed += 1
    }
  }

  /** I8: whoever is out is told nothing of a channel but that they are out. */
  #mayKnow(line: Line, channelId: string, what: string, headSeq?: number): void {
    if (!this.access.mayKnow(channelId, line.userId ?? '', headSeq)) {
      this.violations.add(
        'I8',
        `${what} reached somebody who is no member`,
        `${channelId} to ${line.userId}`,
      )
    }
  }

  /** I1: an ack is written only when its event is stored. */
  #ackWritten(line: Line, ack: ServerFrames['message.ack']): void {
    const { channel_id, channel_seq, epoch = 1, client_msg_id, message_id } = ack
    if (channel_seq === undefined) return
    const row = this.stored.channel(channel_id).exactly(epoch, channel_seq)
    const where = `${channel_id} ${epoch}:${channel_seq} ${client_msg_id}`
    if (row === undefined) {
      this.violations.add('I1', 'a command was acknowledged before it was stored', where)
      return
    }
    const { event } = row
    if (event.client_msg_id !== client_msg_id || event.user_id !== line.userId) {
      this.violations.add('I3', 'an ack names another command’s event', where)
    }
    if (event.type === 'message.new' && event.message_id !== message_id) {
      this.violations.add('I3', 'an ack names another message', where)
    }
  }

  #acked(line: Line, ack: ServerFrames['message.ack']): void {
    const { channel_id: channelId, client_msg_id: clientMsgId, epoch = 1 } = ack
    const userId = line.userId ?? ''
    const key = `${channelId}\n${userId}\n${clientMsgId}`
    const answer: CommandAnswer = {
      channelId,
      userId,
      clientMsgId,
      epoch,
      seq: ack.channel_seq ?? 0,
      messageId: ack.message_id,
      deduplicated: ack.deduplicated,
    }
    const answers = this.acks.get(key)
    if (answers === undefined) this.acks.set(key, [answer])
    else answers.push(answer)
  }

  #state(line: Line): LineState {
    let state = this.#lines.get(line)
    if (state === undefined) {
      state = { requests: new Map(), next: new Map(), seen: new Map() }
      this.#lines.set(line, state)
    }
    return state
  }
}

const isHidden = (event: { readonly type: string }): boolean => event.type === 'event.hidden'
