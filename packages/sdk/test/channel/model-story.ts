import fc from 'fast-check'
import type { World } from './model-world.js'

type Op = readonly [name: string, run: (world: World) => void | Promise<void>]
const op = (weight: number, arbitrary: fc.Arbitrary<Op>) => ({ weight, arbitrary })
const always = (name: string, run: Op[1]) => fc.constant<Op>([name, run])
const picked = (
  name: string,
  max: number,
  run: (world: World, n: number) => void | Promise<void>,
) => fc.nat(max).map<Op>((n) => [`${name} ${n}`, (world) => run(world, n)])

/** What may happen next, and how often it does. */
export const ops = fc.oneof(
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
    picked('line', 2, (w, n) => {
      w.direct = n === 0
      w.behind = n === 2
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
