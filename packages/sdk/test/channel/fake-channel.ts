import type { ChannelEntry, ChannelEvent, ChannelEvents, ServerFrames } from '@tidings/protocol'
import { epochField } from '@tidings/protocol'

type Stored = ChannelEvents['message.new']
type Without<T> = Omit<T, 'type' | 'channel_id' | 'channel_seq' | 'message_count' | 'epoch' | 'ts'>

/** Any event but for what the channel itself gives it. */
export type NewEvent = {
  [T in keyof ChannelEvents]: { type: T } & Partial<Without<ChannelEvents[T]>>
}[keyof ChannelEvents]

/** What a cache kept of a channel. */
export interface CachedChannel {
  readonly epoch: number
  readonly log: readonly ChannelEvent[]
  readonly messages: ReadonlyMap<number, Stored>
  readonly oldestSeq: number
}

let made = 0

/** A channel as the protocol says that a server serves it: sections 4, 8 and 9. */
export class FakeChannel {
  epoch = 1
  starts: { epoch: number; from: number }[] = []
  oldestSeq = 1
  /** Events by number, as they were pushed. */
  log: ChannelEvent[] = []
  /** `message.new` by number, with everything folded in. */
  messages = new Map<number, Stored>()

  constructor(readonly id: string) {}

  get headSeq(): number {
    return this.log.length
  }

  get messageCount(): number {
    return this.log.at(-1)?.message_count ?? 0
  }

  /** Appends an event and folds it; returns it as it is pushed. */
  append(event: NewEvent): ChannelEvent {
    made += 1
    const seq = this.headSeq + 1
    const full = {
      ...(event.type === 'event.hidden' ? {} : { user_id: 'bob', client_msg_id: `c${made}` }),
      ...(event.type === 'message.new' ? { message_id: `m${made}` } : {}),
      ...event,
      ...epochField(this.epoch),
      channel_id: this.id,
      channel_seq: seq,
      message_count: this.messageCount + (event.type === 'message.new' ? 1 : 0),
      ...(event.type === 'event.hidden' ? {} : { ts: 1_000 + seq }),
    } as ChannelEvent
    this.log.push(full)
    this.fold(full)
    return full
  }

  /** The epoch rises: what is above `from` is void. */
  reset(from: number): void {
    this.epoch += 1
    this.starts.push({ epoch: this.epoch, from })
    this.log = this.log.slice(0, from)
    this.messages = new Map()
    for (const event of this.log) this.fold(event)
  }

  /** The lowest start of all epochs above one; undefined if there is none. */
  fromSeqAbove(epoch: number): number | undefined {
    const above = this.starts.filter((start) => start.epoch > epoch).map(({ from }) => from)
    return above.length > 0 ? Math.min(...above) : undefined
  }

  entry(named?: { epoch: number; seq: number }): ChannelEntry {
    const fromSeq = named && this.fromSeqAbove(named.epoch)
    return {
      channel_id: this.id,
      workspace_id: 'w1',
      kind: 'public',
      name: this.id,
      role: 'member',
      head_seq: this.headSeq,
      oldest_seq: this.oldestSeq,
      ...epochField(this.epoch),
      ...(fromSeq !== undefined && { from_seq: fromSeq }),
      message_count: this.messageCount,
    }
  }

  headFrame(): ServerFrames['channel.head'] {
    return {
      type: 'channel.head',
      channel_id: this.id,
      head_seq: this.headSeq,
      oldest_seq: this.oldestSeq,
      ...epochField(this.epoch),
      message_count: this.messageCount,
    }
  }

  cache(): CachedChannel {
    const { epoch, oldestSeq } = this
    return { epoch, oldestSeq, log: [...this.log], messages: new Map(this.messages) }
  }

  /** A page (P-57 to P-63), from a cache where one is given. */
  page(
    request: {
      ref: string
      after_seq?: number | undefined
      before_seq?: number | undefined
      direction: 'forward' | 'backward'
      only?: 'messages' | undefined
      limit: number
    },
    { epoch, log, messages, oldestSeq }: CachedChannel = this.cache(),
  ): ServerFrames['message.backfill'] {
    const { after_seq = 0, before_seq = log.length + 1, direction, only, limit } = request
    const first = Math.max(after_seq + 1, oldestSeq)
    const last = Math.min(before_seq - 1, log.length)
    const forward = direction === 'forward'
    const covered: number[] = []
    let counted = 0
    for (let i = 0; i <= last - first && counted < limit; i += 1) {
      const seq = forward ? first + i : last - i
      covered.push(seq)
      if (!only || messages.has(seq)) counted += 1
    }
    covered.sort((a, b) => a - b)
    const fromSeq = covered[0] ?? first
    const toSeq = covered.at(-1) ?? first - 1
    const events = covered.flatMap((seq) => {
      const event = messages.get(seq) ?? (only ? undefined : log[seq - 1])
      return event ? [epoch === 1 ? event : { ...event, epoch: event.epoch ?? 1 }] : []
    })
    return {
      type: 'message.backfill',
      ref: request.ref,
      channel_id: this.id,
      ...epochField(epoch),
      from_seq: fromSeq,
      to_seq: toSeq,
      as_of_seq: log.length,
      head_seq: log.length,
      oldest_seq: oldestSeq,
      messages: events,
      has_more: first <= last && (forward ? toSeq < last : fromSeq > first),
    }
  }

  private fold(event: ChannelEvent): void {
    if (event.type === 'message.new') {
      this.messages.set(event.channel_seq, event)
      if (event.reply_to) this.change(event.reply_to.seq, event)
    } else if ('target_seq' in event) this.change(event.target_seq, event)
  }

  private change(target: number, event: ChannelEvent): void {
    const before = this.messages.get(target)
    if (!before || before.deleted_seq !== undefined) return
    const rev = event.channel_seq
    const { text, metadata, attachments, reactions = [], ...rest } = before
    const after: Stored = { ...before, rev }
    if (event.type === 'message.deleted') {
      this.messages.set(target, { ...rest, rev, deleted_seq: rev })
      return
    }
    if (event.type === 'message.edited') {
      after.edited_seq = rev
      if (event.text !== undefined) after.text = event.text
    } else if (event.type === 'message.new') after.reply_count = (before.reply_count ?? 0) + 1
    else if (event.type === 'reaction.added' || event.type === 'reaction.removed') {
      const users = new Set(reactions.find((r) => r.emoji === event.emoji)?.user_ids)
      if (event.type === 'reaction.added') users.add(event.user_id)
      else users.delete(event.user_id)
      const others = reactions.filter((r) => r.emoji !== event.emoji)
      after.reactions =
        users.size > 0
          ? [...others, { emoji: event.emoji, count: users.size, user_ids: [...users] }]
          : others
    }
    this.messages.set(target, after)
  }
}
