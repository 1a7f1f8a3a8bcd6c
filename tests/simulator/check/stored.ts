import type { ChannelEvent } from '@tidings/protocol'
import type { WriteStep } from '../../../packages/server/src/stream/write-steps.js'
import type { Violations } from './violation.js'

/** An event that takes a number and is not hidden. */
export type Event = Exclude<ChannelEvent, { type: 'event.hidden' }>

/** One stored event. */
export interface Row {
  readonly channelId: string
  readonly epoch: number
  readonly seq: number
  /** Generation and offset of its command. */
  readonly place: string
  readonly event: Event
}

interface EpochStart {
  readonly epoch: number
  readonly fromSeq: number
}

interface Rows {
  readonly bySeq: Map<number, Row>
  head: number
}

const WINDOW_MS = 7 * 24 * 60 * 60 * 1000

/** What never changes about an event, whoever reads it and when (I2). */
export const identityOf = (event: Event): string => {
  const { message_id } = event as { message_id?: string }
  const { type, epoch = 1, channel_seq, user_id, client_msg_id, ts } = event
  return `${type} ${epoch}:${channel_seq} ${message_id ?? ''} ${user_id} ${client_msg_id} ${ts}`
}

const commandKey = (userId: string, clientMsgId: string): string => `${userId}\n${clientMsgId}`

/** One channel as the store's rows tell it. Written from what was written, not read from any adapter. */
export class StoredChannel {
  epochs: EpochStart[] = [{ epoch: 1, fromSeq: 0 }]
  readonly #rows = new Map<number, Rows>()
  readonly #byCommand = new Map<string, Row[]>()
  /** Rows that change a message, by the message's number, ascending. */
  readonly #effects = new Map<number, Row[]>()

  constructor(readonly channelId: string) {}

  get epoch(): number {
    return this.epochs.at(-1)?.epoch ?? 1
  }

  /** The highest number of the valid view. */
  get head(): number {
    const newest = this.epochs.at(-1) ?? { epoch: 1, fromSeq: 0 }
    return Math.max(newest.fromSeq, this.#rows.get(newest.epoch)?.head ?? 0)
  }

  /** The row of a number, as a reader of `epoch` sees it. */
  at(seq: number, epoch: number = this.epoch): Row | undefined {
    for (let i = this.epochs.length - 1; i >= 0; i--) {
      const start = this.epochs[i]
      if (start === undefined || start.epoch > epoch || start.fromSeq >= seq) continue
      return this.#rows.get(start.epoch)?.bySeq.get(seq)
    }
    return undefined
  }

  /** True if the row is in the valid view of the newest epoch. */
  isValid(row: Row): boolean {
    return this.at(row.seq) === row
  }

  exactly(epoch: number, seq: number): Row | undefined {
    return this.#rows.get(epoch)?.bySeq.get(seq)
  }

  byCommand(userId: string, clientMsgId: string): readonly Row[] {
    return this.#byCommand.get(commandKey(userId, clientMsgId)) ?? []
  }

  /** What changed the message at a number, in the valid view of `epoch`, up to `upTo`. */
  effectsOn(seq: number, upTo: number, epoch: number = this.epoch): readonly Row[] {
    const all = this.#effects.get(seq)
    if (all === undefined) return []
    return all.filter((row) => row.seq <= upTo && this.at(row.seq, epoch) === row)
  }

  /** The valid view, ascending. */
  *view(): Generator<Row> {
    for (let seq = 1; seq <= this.head; seq++) {
      const row = this.at(seq)
      if (row !== undefined) yield row
    }
  }

  raise(epoch: number, fromSeq: number): void {
    if (!this.epochs.some((start) => start.epoch === epoch)) this.epochs.push({ epoch, fromSeq })
  }

  put(row: Row, violations: Violations): void {
    const { epoch, seq, channelId, event } = row
    const rows = this.#rows.get(epoch) ?? { bySeq: new Map<number, Row>(), head: 0 }
    this.#rows.set(epoch, rows)
    const there = rows.bySeq.get(seq)
    if (there !== undefined) {
      if (there.place !== row.place || identityOf(there.event) !== identityOf(event)) {
        violations.add(
          'I2',
          'two events were written at one number',
          `${channelId} ${epoch}:${seq}: ${identityOf(there.event)} at ${there.place}, ${identityOf(event)} at ${row.place}`,
        )
      }
      return
    }
    const start = this.epochs.find((one) => one.epoch === epoch)
    if (!rows.bySeq.has(seq - 1) && start?.fromSeq !== seq - 1) {
      violations.add(
        'I4',
        'a number was written before the one below it',
        `${channelId} ${epoch}:${seq}`,
      )
    }
    rows.bySeq.set(seq, row)
    rows.head = Math.max(rows.head, seq)
    this.#noteCommand(row, violations)
    this.#noteEffect(row)
  }

  #noteCommand(row: Row, violations: Violations): void {
    const { event, channelId } = row
    const key = commandKey(event.user_id, event.client_msg_id)
    const known = this.#byCommand.get(key)
    if (known === undefined) {
      this.#byCommand.set(key, [row])
      return
    }
    const first = known.find((other) => this.isValid(other))
    if (first !== undefined && event.ts - first.event.ts <= WINDOW_MS) {
      violations.add(
        'I3',
        'one command took two numbers',
        `${channelId}: ${identityOf(first.event)}, then ${identityOf(event)}`,
      )
    }
    known.push(row)
  }

  #noteEffect(row: Row): void {
    const { event } = row
    const target =
      'target_seq' in event
        ? event.target_seq
        : 'reply_to' in event
          ? event.reply_to?.seq
          : undefined
    if (target === undefined) return
    const list = this.#effects.get(target)
    if (list === undefined) this.#effects.set(target, [row])
    else list.push(row)
  }
}

/** Every row of the store of a world, checked as it is written (I2, I3, I4). */
export class Stored {
  readonly #channels = new Map<string, StoredChannel>()
  /** By (channel, epoch, number): what was ever written there, in a store that was replaced as well. */
  readonly #ever = new Map<string, string>()
  readonly #messageIds = new Map<string, string>()
  /** By channel: the epochs in which numbering started anew, in a store that was replaced as well. */
  readonly #begun = new Map<string, Set<number>>()

  constructor(private readonly violations: Violations) {}

  channel(channelId: string): StoredChannel {
    let channel = this.#channels.get(channelId)
    if (channel === undefined) {
      channel = new StoredChannel(channelId)
      this.#channels.set(channelId, channel)
    }
    return channel
  }

  [Symbol.iterator](): IterableIterator<StoredChannel> {
    return this.#channels.values()
  }

  /** What was ever told under this number of this epoch. */
  everAt(channelId: string, epoch: number, seq: number): string | undefined {
    return this.#ever.get(`${channelId}\n${epoch}\n${seq}`)
  }

  /** How often numbering started anew, also in a store that was replaced. */
  timesRenumbered(channelId: string): number {
    return this.#begun.get(channelId)?.size ?? 0
  }

  /** How many of the rows were there already: written again by a fold of the same commands (R2). */
  apply(steps: readonly WriteStep[]): number {
    let again = 0
    for (const step of steps) {
      if (step.step === 'change' && step.change.kind === 'epoch') {
        this.channel(step.channelId).raise(step.change.epoch, step.change.fromSeq)
        const begun = this.#begun.get(step.channelId) ?? new Set()
        this.#begun.set(step.channelId, begun.add(step.change.epoch))
      }
      if (step.step !== 'rows') continue
      const channel = this.channel(step.channelId)
      for (const { epoch, channelSeq, position, event } of step.rows) {
        if (event.type === 'event.hidden') continue
        if (channel.exactly(epoch, channelSeq) !== undefined) again += 1
        const place = `${position.generation}/${position.offset}`
        const row = { channelId: step.channelId, epoch, seq: channelSeq, place, event }
        channel.put(row, this.violations)
        this.#remember(row)
      }
    }
    return again
  }

  /** The store was replaced by an older backup: these are the steps that made it. */
  replace(steps: readonly WriteStep[]): void {
    this.#channels.clear()
    this.apply(steps)
  }

  #remember({ channelId, epoch, seq, event }: Row): void {
    const key = `${channelId}\n${epoch}\n${seq}`
    const identity = identityOf(event)
    const before = this.#ever.get(key)
    if (before === undefined) {
      this.#ever.set(key, identity)
      this.#uniqueId(event, identity)
    } else if (before !== identity) {
      this.violations.add(
        'I2',
        'a number of an epoch was given to two events',
        `${channelId} ${epoch}:${seq}: ${before}, then ${identity}`,
      )
    }
  }

  #uniqueId(event: Event, identity: string): void {
    if (event.type !== 'message.new') return
    const before = this.#messageIds.get(event.message_id)
    if (before !== undefined) {
      this.violations.add('I2', 'two messages have one id', `${before}, then ${identity}`)
    }
    this.#messageIds.set(event.message_id, identity)
  }
}
