import type { ServerFrame } from '@tidings/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Message, StreamEvent } from '../../src/channel/items.js'
import type { StreamItem } from '../../src/channel/iterate.js'
import { readEvent } from '../../src/channel/read-event.js'
import { TidingsError } from '../../src/errors.js'
import type { NewEvent } from './fake-channel.js'
import { Line } from './fake-server.js'

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
class World {
  readonly line: Line
  readonly channel
  readonly listener = new Ledger(60)
  readonly iterator = new Ledger(20)
  readonly broken: unknown[] = []
  pushed: ServerFrame[] = []
  direct = true
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
      else answers(asked)
    }
    for (let i = 0; i < 60; i += 1)
      this.line.channel().append({ type: 'message.new', text: `${i}` })
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

/** A message in a form in which two views of it can be compared. */
const comparable = ({ text, deleted, reactions, replyCount, editedSeq, ...rest }: Message) => ({
  seq: rest.channelSeq,
  epoch: rest.epoch,
  id: rest.messageId,
  text,
  deleted,
  editedSeq: deleted ? undefined : editedSeq,
  replyCount: deleted ? 0 : (replyCount ?? 0),
  reactions: reactions
    .map(({ emoji, count, userIds }) => `${emoji} ${count} ${[...userIds].sort()}`)
    .sort(),
})

type Op = readonly [name: string, run: (world: World) => void | Promise<void>]
const op = (weight: number, arbitrary: fc.Arbitrary<Op>) => ({ weight, arbitrary })
const always = (name: string, run: Op[1]) => fc.constant<Op>([name, run])
const picked = (
  name: string,
  max: number,
  run: (world: World, n: number) => void | Promise<void>,
) => fc.nat(max).map<Op>((n) => [`${name} ${n}`, (world) => run(world, n)])

const ops = fc.oneof(
  op(
    8,
    picked('say', 5, (w, n) => void Array.from({ length: n + 1 }, () => w.line.say(`${n}`))),
  ),
  op(
    1,
    always('say 560', (w) => void Array.from({ length: 560 }, () => w.line.say('many'))),
  ),
  op(
    3,
    picked('edit', 80, (w, n) =>
      w.change(n, (t) => ({ type: 'message.edited', ...t, text: `e${n}` })),
    ),
  ),
  op(
    2,
    picked('delete', 80, (w, n) => w.change(n, (t) => ({ type: 'message.deleted', ...t }))),
  ),
  op(
    2,
    picked('react', 80, (w, n) =>
      w.change(n, (t) => ({
        type: 'reaction.added',
        ...t,
        emoji: '👍',
        user_id: `u${w.line.channel().headSeq}`,
      })),
    ),
  ),
  op(
    1,
    picked('reply', 80, (w, n) =>
      w.change(n, (t) => ({
        type: 'message.new',
        text: 're',
        reply_to: { seq: t.target_seq, message_id: t.target_message_id },
      })),
    ),
  ),
  op(
    1,
    picked('reset', 15, (w, n) =>
      w.line.reset(Math.max(w.line.channel().oldestSeq, w.line.channel().headSeq - n)),
    ),
  ),
  op(
    1,
    picked('keep', 60, (w, n) => {
      const channel = w.line.channel()
      channel.oldestSeq = Math.max(channel.oldestSeq, channel.headSeq - n)
    }),
  ),
  op(
    3,
    fc.tuple(fc.nat(3), fc.nat(80)).map<Op>(([k, n]) => [`act ${k} ${n}`, (w) => w.act(k, n)]),
  ),
  op(
    4,
    fc.boolean().map<Op>((ack) => [`perform ${ack}`, (w) => w.perform(ack)]),
  ),
  op(
    3,
    picked('line', 1, (w, n) => {
      w.direct = n === 0
    }),
  ),
  op(
    12,
    fc
      .tuple(fc.constantFrom('deliver', 'deliver', 'deliver', 'repeat', 'lose'), fc.nat(9))
      .map<Op>(([fault, n]) => [`${fault} ${n}`, (w) => w.push(fault, n < 6 ? 0 : n)]),
  ),
  op(
    2,
    always('head', (w) => w.line.connection.receive(w.line.channel().headFrame())),
  ),
  op(
    2,
    always('cache', (w) => {
      w.line.cache = w.line.channel().cache()
    }),
  ),
  op(
    1,
    always('no cache', (w) => {
      w.line.cache = undefined
    }),
  ),
  op(
    1,
    picked('fail', 3, (w, n) => {
      w.failing = n
    }),
  ),
  op(
    2,
    always('disconnect', (w) => w.disconnect()),
  ),
  op(
    4,
    always('connect', (w) => w.connect()),
  ),
  op(
    10,
    picked('wait', 60, (w, n) => w.line.advance(n)),
  ),
  op(
    1,
    picked('long wait', 9_000, (w, n) => w.line.advance(n)),
  ),
  op(
    2,
    always('load older', (w) => w.quietly(w.channel.timeline.loadOlder({ limit: 9 }))),
  ),
  op(
    1,
    always('fill', (w) => w.fill()),
  ),
  op(
    1,
    picked('look', 1, (w, n) => w.look(n === 0)),
  ),
)

describe('a channel against a random world', () => {
  it.each(['recent', 'all'] as const)(
    'I9, R14: with catchUp %s stream and iterator are each number once, and the timeline is the fold of the truth',
    async (catchUp) => {
      const reached = { skipped: 0, expired: 0, reset: 0, changed: 0 }
      await fc.assert(
        fc.asyncProperty(fc.array(ops, { minLength: 20, maxLength: 120 }), async (story) => {
          const world = new World(catchUp)
          await world.begin()
          for (const [, run] of story) await run(world)
          await world.finish()
          const { line, channel, listener, iterator } = world
          const truth = line.channel()
          expect(world.broken).toEqual([])
          expect(channel.state).toBe('live')
          for (const [name, ledger] of Object.entries({ listener, iterator })) {
            expect(ledger.last, name).toBe(truth.headSeq)
            for (const [seq, what] of ledger.seen) {
              const event = truth.log[seq - 1]
              if (what === 'expired') expect(seq).toBeLessThan(truth.oldestSeq)
              else if (what !== 'skipped' || name === 'iterator' || catchUp === 'all') {
                const { epoch, kind } = readEvent(event as never)
                expect(what, `${name} ${seq}`).toBe(`${epoch} ${kind}`)
              }
            }
          }
          const { items, hasOlder } = channel.timeline.getSnapshot()
          expect(hasOlder).toBe(false)
          const shown = items.flatMap((item) =>
            item.kind === 'message' && item.status === 'sent' ? [item] : [],
          )
          expect(items.filter((item) => item.kind === 'message')).toHaveLength(shown.length)
          const told = [...truth.messages.values()].map((frame) => readEvent(frame) as Message)
          expect(shown.filter((m) => m.channelSeq >= truth.oldestSeq).map(comparable)).toEqual(
            told.filter((m) => m.channelSeq >= truth.oldestSeq).map(comparable),
          )
          for (const item of items) {
            if (item.kind === 'gap') expect(item.reason).toBe('expired')
          }
          if ([...listener.seen.values()].includes('skipped')) reached.skipped += 1
          if ([...iterator.seen.values()].includes('expired')) reached.expired += 1
          if (truth.epoch > 1) reached.reset += 1
          if (shown.some(({ rev, channelSeq }) => rev > channelSeq)) reached.changed += 1
          line.sync.close()
          line.connection.disconnect()
          await line.settle()
          expect(line.environment.open().timers, 'I9: nothing is left').toBe(0)
        }),
        {
          numRuns: Number(process.env.TIDINGS_RUNS ?? 100),
          seed: Number(process.env.TIDINGS_SEED ?? 11),
        },
      )
      expect(reached.expired).toBeGreaterThan(0)
      expect(reached.reset).toBeGreaterThan(0)
      expect(reached.changed).toBeGreaterThan(0)
      if (catchUp === 'recent') expect(reached.skipped).toBeGreaterThan(0)
    },
    120_000,
  )
})
