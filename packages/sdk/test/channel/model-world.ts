import type { ServerFrame } from '@tidings/protocol'
import { expect } from 'vitest'
import type { StreamEvent } from '../../src/channel/items.js'
import type { StreamItem } from '../../src/channel/iterate.js'
import { TidingsError } from '../../src/errors.js'
import type { NewEvent } from './fake-channel.js'
import { type Asked, Line } from './fake-server.js'

/** What a consumer of the stream holds, checked at each step: every number once, or in a gap. */
class Ledger {
  readonly seen = new Map<number, string>()

  constructor(public last?: number) {}

  event(event: StreamEvent): void {
    this.next(event.channelSeq, event.channelSeq, `${event.epoch} ${event.kind}`)
  }

  gap(fromSeq: number, toSeq: number, reason: string): void {
    this.next(fromSeq, toSeq, reason)
  }

  reset(fromSeq: number): void {
    for (const seq of this.seen.keys()) if (seq > fromSeq) this.seen.delete(seq)
    if (this.last !== undefined) this.last = Math.min(this.last, fromSeq)
  }

  take(item: StreamItem): void {
    if (item.kind === 'gap') this.gap(item.fromSeq, item.toSeq, item.reason)
    else if (item.kind === 'reset') this.reset(item.fromSeq)
    else this.event(item)
  }

  private next(fromSeq: number, toSeq: number, what: string): void {
    this.last ??= fromSeq - 1
    expect(fromSeq, 'I9: the next number').toBe(this.last + 1)
    for (let seq = fromSeq; seq <= toSeq; seq += 1) this.seen.set(seq, what)
    this.last = toSeq
  }
}

/** A random life of one channel, and three who watch it: a listener, an iterator, a timeline. */
export class World {
  readonly line: Line
  readonly channel
  readonly listener = new Ledger(60)
  readonly iterator = new Ledger(20)
  readonly broken: unknown[] = []
  pushed: ServerFrame[] = []
  direct = true
  /** What was pushed comes right behind the next answer, in one frame with it. */
  behind = false
  failing = 0
  stop: () => void = () => {}

  constructor(readonly catchUp: 'recent' | 'all') {
    this.line = new Line({ catchUp })
    this.channel = this.line.sync.channel('general')
    this.line.onPush = (frame) => {
      if (this.direct) this.line.connection.receive(frame)
      else this.pushed.push(frame)
    }
    const answers = this.line.onRequest
    this.line.onRequest = (asked) => {
      this.failing -= 1
      if (this.failing >= 0) asked.fail(new TidingsError('unavailable', 'Not now.'))
      else answers({ ...asked, answer: (frame) => this.answer(asked, frame) })
    }
    for (let i = 0; i < 60; i += 1)
      this.line.channel().append({ type: 'message.new', text: `${i}` })
  }

  private answer({ answer }: Asked, frame: ServerFrame): void {
    answer(frame)
    if (!this.behind) return
    for (const pushed of this.pushed.splice(0)) this.line.connection.receive(pushed)
  }

  async begin(): Promise<void> {
    const { channel, listener, broken } = this
    const guarded =
      <A extends unknown[]>(check: (...args: A) => void) =>
      (...args: A): void => {
        try {
          check(...args)
        } catch (error) {
          broken.push(error)
        }
      }
    channel.on(
      'event',
      guarded((event) => listener.event(event)),
    )
    channel.on(
      'gap',
      guarded((gap) => listener.gap(gap.fromSeq, gap.toSeq, gap.reason)),
    )
    channel.on(
      'reset',
      guarded(({ fromSeq }) => listener.reset(fromSeq)),
    )
    this.look(true)
    void this.iterate()
    this.line.connect()
    await this.line.settle()
  }

  private async iterate(): Promise<void> {
    try {
      for await (const item of this.channel.events({ after: 20 })) this.iterator.take(item)
    } catch (error) {
      this.broken.push(error)
    }
  }

  look(on: boolean): void {
    this.stop()
    this.stop = on ? this.channel.timeline.subscribe(() => {}) : () => {}
  }

  /** Something happens to a message that is there. */
  change(
    pick: number,
    make: (target: { target_seq: number; target_message_id: string }) => NewEvent,
  ) {
    const target = this.pickTarget(pick)
    if (target) this.line.happen(make(target))
  }

  private pickTarget(pick: number) {
    const channel = this.line.channel()
    const able = [...channel.messages.values()].filter(
      ({ channel_seq, deleted_seq }) =>
        channel_seq >= channel.oldestSeq && deleted_seq === undefined,
    )
    const found = able[able.length - 1 - (pick % Math.max(1, able.length))]
    return found && { target_seq: found.channel_seq, target_message_id: found.message_id }
  }

  /** This user does something, which waits in the outbox. */
  act(kind: number, pick: number): void {
    const target = this.pickTarget(pick)
    const message = target && {
      epoch: 1,
      channelSeq: target.target_seq,
      messageId: target.target_message_id,
    }
    if (kind === 0 || !message) void this.channel.send(`mine ${pick}`)
    else if (kind === 1) void this.channel.edit(message, `edited ${pick}`)
    else if (kind === 2) void this.channel.delete(message)
    else void this.channel.react(message, '👍')
  }

  /** The oldest command of this user reaches the server. */
  perform(ack: boolean): void {
    const { outbox } = this.line
    const [item] = outbox.items
    if (!item) return
    const { command, clientMsgId } = item
    const target = 'target_seq' in command ? command : undefined
    const found = target && this.line.channel().messages.get(target.target_seq)
    const isVoid = found?.message_id !== target?.target_message_id || found?.deleted_seq
    const isNoop =
      command.type === 'reaction.add' &&
      found?.reactions?.some(({ user_ids }) => user_ids.includes('alice'))
    if (target && (isVoid || isNoop)) outbox.discard(clientMsgId)
    else {
      const event = outbox.perform(clientMsgId)
      if (this.line.connection.canSend) this.line.onPush(event)
      if (ack) outbox.ackFor(event)
    }
  }

  push(fault: 'deliver' | 'repeat' | 'lose', pick: number): void {
    const [frame] = this.pushed.splice(pick % Math.max(1, this.pushed.length), 1)
    if (!frame) return
    if (fault !== 'lose') this.line.connection.receive(frame)
    if (fault === 'repeat') this.pushed.push(frame)
  }

  disconnect(): void {
    this.pushed = []
    this.line.connection.disconnect()
  }

  connect(): void {
    if (!this.line.connection.canSend) this.line.connect()
  }

  /** What is asked for in the background may fail, and is not waited for. */
  quietly(promise: Promise<unknown>): void {
    promise.catch(() => {})
  }

  fill(): void {
    for (const item of this.channel.timeline.getSnapshot().items) {
      if (item.kind === 'gap') this.quietly(item.fill({ limit: 7 }))
    }
  }

  /** A calm end: everything arrives, everything is loaded. */
  async finish(): Promise<void> {
    const { line, channel } = this
    this.direct = true
    this.failing = 0
    line.cache = undefined
    this.disconnect()
    this.look(true)
    this.connect()
    while (line.outbox.items.length > 0) this.perform(true)
    await line.advance(120_000)
    for (let i = 0; i < 60 && channel.timeline.getSnapshot().hasOlder; i += 1) {
      this.quietly(channel.timeline.loadOlder({ limit: 100 }))
      await line.advance(200)
    }
    for (let i = 0; i < 200; i += 1) {
      const gaps = channel.timeline
        .getSnapshot()
        .items.flatMap((item) => (item.kind === 'gap' && item.reason === 'skipped' ? [item] : []))
      if (gaps.length === 0) break
      for (const gap of gaps) this.quietly(gap.fill({ limit: 100 }))
      await line.advance(500)
    }
  }
}
