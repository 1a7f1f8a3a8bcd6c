import { type ChannelEvent, epochField, type Role } from '@tidings/protocol'
import type { CommandResult } from '../../stream/command.js'
import {
  bucketOf,
  type ChannelState,
  type Effect,
  type EventRow,
  epochHolding,
  type IdRow,
  type RowKey,
  type StateChange,
} from '../../stream/event.js'
import type { Position } from '../../stream/position.js'
import { emptyState } from '../../stream/state.js'
import type { ChannelRun, StoreBatch } from '../message-store.js'

type Numbering = 'channel_id' | 'channel_seq' | 'epoch' | 'message_count' | 'client_msg_id' | 'ts'
type Body<E> = E extends ChannelEvent ? Omit<E, Numbering> : never
type EffectBody<E> = E extends Effect ? Omit<E, 'target' | 'position' | 'bySeq' | 'byEpoch'> : never

/** What one command brought: everything that a store is given for it. */
interface Step {
  readonly position: Position
  readonly before: ChannelState | undefined
  readonly after: ChannelState
  readonly row?: EventRow
  readonly effect?: Effect
  readonly change?: StateChange
  readonly idRow: IdRow
}

/**
 * Makes the stream of one channel as a sequencer would, command by command, and cuts batches out of it. Offsets
 * begin at 0 and rise by one with each command of this builder, so that cases can name them.
 */
export class StreamBuilder {
  readonly #steps: Step[] = []
  #state: ChannelState | undefined
  #offset: number

  constructor(
    readonly channelId: string,
    private readonly options: {
      readonly generation?: number
      readonly state?: ChannelState
      readonly firstOffset?: number
    } = {},
  ) {
    this.#state = options.state
    this.#offset = options.firstOffset ?? 0
  }

  get state(): ChannelState {
    return this.#state ?? emptyState(this.at(this.#offset))
  }

  /** How many commands there were. */
  get length(): number {
    return this.#steps.length
  }

  at(offset: number): Position {
    return { generation: this.options.generation ?? 1, partition: 0, offset }
  }

  key(seq: number): RowKey {
    const epoch = epochHolding(this.state.epochs, seq)
    return { channelId: this.channelId, epoch, bucket: bucketOf(seq), channelSeq: seq }
  }

  say(text: string, fields: { userId?: string; ts?: number } = {}): this {
    const message_id = `message-${this.#offset}`
    return this.#number(
      { type: 'message.new', user_id: fields.userId ?? 'ada', message_id, text },
      fields,
    )
  }

  reply(text: string, seq: number): this {
    const message_id = `message-${this.#offset}`
    const reply_to = { seq, message_id: `root-${seq}` }
    const body = { type: 'message.new', user_id: 'ada', message_id, text, reply_to } as const
    return this.#number(body, { effect: { kind: 'reply' }, seq })
  }

  edit(seq: number, text: string): this {
    const body = { type: 'message.edited', user_id: 'ada', ...target(seq), text } as const
    return this.#number(body, { effect: { kind: 'edit', text }, seq })
  }

  remove(seq: number): this {
    const body = { type: 'message.deleted', user_id: 'ada', ...target(seq) } as const
    return this.#number(body, { effect: { kind: 'delete' }, seq })
  }

  react(seq: number, emoji: string, userId: string, present = true): this {
    const type = present ? 'reaction.added' : 'reaction.removed'
    const body = { type, user_id: userId, ...target(seq), emoji } as const
    return this.#number(body, { effect: { kind: 'reaction', emoji, userId, present }, seq })
  }

  join(userId: string, role: Role = 'member'): this {
    return this.#number({ type: 'member.joined', user_id: userId, role }, {})
  }

  raiseEpoch(epoch: number, fromSeq: number, messageCount: number): this {
    const position = this.at(this.#offset)
    const epochs = [...this.state.epochs, { epoch, fromSeq }]
    const after = { ...this.state, epoch, epochs, headSeq: fromSeq, messageCount, position }
    const change = { kind: 'epoch', position, epoch, fromSeq, messageCount } as const
    return this.#step(after, { change })
  }

  raiseRetention(oldestSeq: number): this {
    const position = this.at(this.#offset)
    const change = { kind: 'retention', position, oldestSeq } as const
    return this.#step({ ...this.state, oldestSeq, position }, { change })
  }

  /** The commands from one index to another, exclusive, as a batch. `expected` is what is stored before it. */
  batch(
    from = 0,
    to = this.#steps.length,
    expected: Position | undefined = this.#steps[from - 1]?.position ??
      this.options.state?.position,
  ): StoreBatch {
    const steps = this.#steps.slice(from, to)
    const run: ChannelRun = {
      channelId: this.channelId,
      expected,
      rows: steps.flatMap((step) => step.row ?? []),
      effects: steps.flatMap((step) => step.effect ?? []),
      changes: steps.flatMap((step) => step.change ?? []),
      state: steps.at(-1)?.after ?? this.state,
    }
    const { generation, partition } = this.at(0)
    return { generation, partition, runs: [run], ids: steps.map((step) => step.idRow) }
  }

  /** The position of the command with an index. */
  position(index: number): Position {
    return this.#at(index).position
  }

  /** The state after the command with an index. */
  stateAfter(index: number): ChannelState {
    return this.#at(index).after
  }

  idRow(index: number): IdRow {
    return this.#at(index).idRow
  }

  /** The events as they were pushed. */
  get events(): readonly ChannelEvent[] {
    return this.#steps.flatMap((step) => step.row?.event ?? [])
  }

  #at(index: number): Step {
    const step = this.#steps[index]
    if (step === undefined) throw new Error(`there is no command ${index}`)
    return step
  }

  #number(
    body: Body<ChannelEvent>,
    more: { readonly effect?: EffectBody<Effect>; readonly seq?: number; readonly ts?: number },
  ): this {
    const { epoch, headSeq, messageCount: countBefore } = this.state
    const position = this.at(this.#offset)
    const channelSeq = headSeq + 1
    const messageCount = countBefore + (body.type === 'message.new' ? 1 : 0)
    const event = {
      ...body,
      channel_id: this.channelId,
      channel_seq: channelSeq,
      ...epochField(epoch),
      message_count: messageCount,
      client_msg_id: `client-${this.#offset}`,
      ts: more.ts ?? 1_000 + this.#offset,
    } as ChannelEvent
    const { channelId } = this
    const bucket = bucketOf(channelSeq)
    const json = JSON.stringify(event)
    const row = { channelId, epoch, bucket, channelSeq, position, messageCount, event, json }
    const after = { ...this.state, headSeq: channelSeq, messageCount, position }
    if (more.effect === undefined || more.seq === undefined) return this.#step(after, { row })
    const target = this.key(more.seq)
    const effect = { ...more.effect, target, position, bySeq: channelSeq, byEpoch: epoch } as Effect
    return this.#step(after, { row, effect })
  }

  #step(after: ChannelState, parts: Pick<Step, 'row' | 'effect' | 'change'>): this {
    const position = this.at(this.#offset)
    const { channelId } = this
    const result: CommandResult = parts.row
      ? {
          status: 'accepted',
          epoch: after.epoch,
          channelSeq: after.headSeq,
          messageId: `message-${this.#offset}`,
          ts: 1_000 + this.#offset,
        }
      : { status: 'noop', epoch: after.epoch, messageId: `message-${this.#offset}`, ts: 1_000 }
    const id = { channelId, userId: 'ada', clientMsgId: `client-${this.#offset}` }
    const idRow = { id, position, acceptedAt: 1_000 + this.#offset, result }
    this.#steps.push({ position, before: this.#state, after, idRow, ...parts })
    this.#state = after
    this.#offset += 1
    return this
  }
}

const target = (seq: number) => ({ target_seq: seq, target_message_id: `root-${seq}` })
