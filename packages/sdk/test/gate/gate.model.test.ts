import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { step, wanted } from '../../src/gate/gate.js'
import {
  type Ask,
  type GateInput,
  type GatePage,
  type GateState,
  initialGate,
} from '../../src/gate/state.js'

interface Event {
  readonly channelSeq: number
  readonly epoch: number
}

/** What the server knew at one moment; caches hold old ones. */
interface Snapshot {
  readonly epoch: number
  readonly log: readonly Event[]
  readonly oldest: number
}

const PAGE = 7

/** A channel of the server, a line with faults, and one gate; checks every word that the gate says. */
class World {
  epoch = 1
  oldest = 1
  log: Event[] = []
  starts: { epoch: number; from: number }[] = []
  snapshots: Snapshot[] = []
  wire: GateInput<Event>[] = []
  connected = false
  asks: Ask[] = []
  state: GateState<Event> = initialGate
  nowMs = 0
  /** What the consumer holds, by number: an event's epoch, or a gap. */
  shown = new Map<number, number | string>()
  last: number | undefined

  constructor(readonly catchUp: 'recent' | 'all') {
    this.append(5)
  }

  append(count: number): void {
    for (let i = 0; i < count; i += 1) {
      const event = { channelSeq: this.log.length + 1, epoch: this.epoch }
      this.log.push(event)
      if (this.connected) this.wire.push({ type: 'event', event })
    }
  }

  reset(back: number): void {
    const from = Math.max(Math.min(this.oldest, this.log.length), this.log.length - back)
    this.epoch += 1
    this.starts.push({ epoch: this.epoch, from })
    this.log.length = from
    if (this.connected) this.wire.push({ type: 'reset', epoch: this.epoch, fromSeq: from })
  }

  retain(keep: number): void {
    this.oldest = Math.max(this.oldest, this.log.length - keep + 1)
  }

  remember(): void {
    this.snapshots.push({ epoch: this.epoch, log: [...this.log], oldest: this.oldest })
    this.snapshots = this.snapshots.slice(-3)
  }

  announce(): void {
    if (!this.connected) return
    this.wire.push({ type: 'head', epoch: this.epoch, headSeq: this.log.length })
  }

  connect(named: boolean): void {
    if (this.connected) return
    this.connected = true
    if (!named && this.state.position !== undefined) return
    const above = this.starts.filter(({ epoch }) => epoch > this.state.epoch)
    const fromSeq = above.length > 0 ? Math.min(...above.map(({ from }) => from)) : undefined
    this.put({ type: 'head', epoch: this.epoch, headSeq: this.log.length, entry: true, fromSeq })
  }

  disconnect(): void {
    this.connected = false
    this.wire = []
    this.asks = []
    this.put({ type: 'disconnected' })
  }

  /** Delivers, repeats or loses the frame at `pick`; picking any but the first reorders. */
  wireFault(fault: 'deliver' | 'repeat' | 'lose', pick: number): void {
    const [frame] = this.wire.splice(pick % Math.max(1, this.wire.length), 1)
    if (frame === undefined) return
    if (fault !== 'lose') this.put(frame)
    if (fault === 'repeat') this.wire.push(frame)
  }

  ask(): void {
    const ask = wanted(this.state)
    if (!this.connected || ask === undefined) return
    this.put({ type: 'asked', ask })
    this.asks.push(ask)
  }

  /** Answers the oldest request, from an old snapshot if one may be used. */
  answer(stale: number): void {
    const ask = this.asks.shift()
    if (ask === undefined) return
    if (ask.kind === 'entry') {
      this.put({ type: 'head', epoch: this.epoch, headSeq: this.log.length, entry: true })
      return
    }
    if (ask.epoch < this.epoch) {
      const above = this.starts.filter(({ epoch }) => epoch > ask.epoch)
      const fromSeq = Math.min(...above.map(({ from }) => from))
      this.put({ type: 'reset', epoch: this.epoch, fromSeq })
    }
    this.put({ type: 'page', ask, page: this.read(ask, this.source(stale, ask.minAsOf ?? 0)) })
  }

  private source(stale: number, minAsOf: number): Snapshot {
    const now = { epoch: this.epoch, log: this.log, oldest: this.oldest }
    const old = this.snapshots[stale]
    return old !== undefined && old.log.length >= minAsOf ? old : now
  }

  private read(ask: Ask & { kind: 'range' }, { epoch, log, oldest }: Snapshot): GatePage<Event> {
    const from = Math.max(ask.after + 1, oldest)
    const to = Math.min((ask.before ?? log.length + 1) - 1, log.length, from + PAGE - 1)
    return {
      epoch,
      toSeq: to,
      asOfSeq: log.length,
      headSeq: log.length,
      oldestSeq: oldest,
      events: log.slice(from - 1, Math.max(from - 1, to)),
    }
  }

  fail(): void {
    const ask = this.asks.shift()
    if (ask !== undefined) this.put({ type: 'failed', ask })
  }

  wait(ms: number): void {
    this.nowMs += ms
    this.put({ type: 'tick' })
  }

  put(input: GateInput<Event>): void {
    const before = this.state
    const { state, effects } = step(before, input, this.nowMs, { catchUp: this.catchUp })
    this.state = state
    if (before.position === undefined && state.position !== undefined) {
      const first = effects.find((effect) => effect.type === 'event')
      this.last = first === undefined ? state.position : first.event.channelSeq - 1
    }
    for (const effect of effects) {
      if (effect.type === 'event') {
        const { channelSeq, epoch } = effect.event
        expect(channelSeq, 'I9: in order, once, without a hole').toBe((this.last ?? 0) + 1)
        this.shown.set(channelSeq, epoch)
        this.last = channelSeq
      } else if (effect.type === 'gap') {
        expect(effect.fromSeq, 'I9: a gap begins where the stream stands').toBe(
          (this.last ?? 0) + 1,
        )
        expect(effect.toSeq).toBeGreaterThanOrEqual(effect.fromSeq)
        if (effect.reason === 'skipped') expect(this.catchUp).toBe('recent')
        else expect(effect.toSeq, 'only what expired is conceded').toBeLessThan(this.oldest)
        for (let n = effect.fromSeq; n <= effect.toSeq; n += 1) this.shown.set(n, effect.reason)
        this.last = effect.toSeq
      } else if (effect.type === 'reset') {
        for (const n of this.shown.keys()) if (n > effect.fromSeq) this.shown.delete(n)
        this.last = Math.min(this.last ?? 0, effect.fromSeq)
      }
    }
    expect(this.last, 'the position is what was said').toBe(state.position)
  }

  /** A calm end: every frame arrives, every request is answered from the newest. */
  finish(): void {
    this.disconnect()
    this.put({ type: 'open' })
    this.connect(true)
    for (let turn = 0; turn < 2_000 && this.state.sync !== 'live'; turn += 1) {
      this.ask()
      this.answer(-1)
    }
  }
}

/** A step of the world under a name, so that a counterexample reads as a story. */
type Op = readonly [name: string, run: (world: World) => void]
const op = (weight: number, arbitrary: fc.Arbitrary<Op>) => ({ weight, arbitrary })
const always = (name: string, run: (world: World) => void) => fc.constant<Op>([name, run])

const ops = fc.oneof(
  op(
    6,
    fc.nat(9).map((n) => [`append ${n + 1}`, (w) => w.append(n + 1)]),
  ),
  op(
    1,
    always('append 620', (w) => w.append(620)),
  ),
  op(
    1,
    fc.nat(12).map((n) => [`reset ${n} back`, (w) => w.reset(n)]),
  ),
  op(
    1,
    fc.nat(20).map((n) => [`keep ${n}`, (w) => w.retain(n)]),
  ),
  op(
    2,
    always('remember', (w) => w.remember()),
  ),
  op(
    2,
    always('announce', (w) => w.announce()),
  ),
  op(
    2,
    fc.boolean().map((named) => [`connect ${named}`, (w) => w.connect(named)]),
  ),
  op(
    1,
    always('disconnect', (w) => w.disconnect()),
  ),
  op(
    1,
    fc.constantFrom('open', 'close').map((type) => [type, (w) => w.put({ type })]),
  ),
  op(
    20,
    fc
      .tuple(fc.constantFrom('deliver', 'deliver', 'deliver', 'repeat', 'lose'), fc.nat(9))
      .map(([fault, n]) => [`${fault} ${n}`, (w) => w.wireFault(fault, n < 6 ? 0 : n)]),
  ),
  op(
    5,
    always('ask', (w) => w.ask()),
  ),
  op(
    5,
    fc.integer({ min: -1, max: 2 }).map((n) => [`answer ${n}`, (w) => w.answer(n)]),
  ),
  op(
    1,
    always('fail', (w) => w.fail()),
  ),
  op(
    1,
    fc.nat(6_000).map((ms) => [`wait ${ms}`, (w) => w.wait(ms)]),
  ),
)

describe('I9: the gate against a random world', () => {
  it.each(['recent', 'all'] as const)(
    'with catchUp %s every number is shown once, in order, or stands in a gap, and the end is the truth',
    (catchUp) => {
      const reached = { skipped: 0, expired: 0, reset: 0 }
      fc.assert(
        fc.property(fc.array(ops, { minLength: 20, maxLength: 160 }), (story) => {
          const world = new World(catchUp)
          world.put({ type: 'open' })
          world.connect(true)
          const start = world.state.position ?? 0
          for (const [, run] of story) run(world)
          world.finish()
          expect(world.state.sync).toBe('live')
          expect(world.last).toBe(world.log.length)
          const lowest = Math.min(start, ...world.starts.map(({ from }) => from))
          for (const { channelSeq, epoch } of world.log) {
            const what = world.shown.get(channelSeq)
            if (typeof what === 'string') reached[what as 'skipped' | 'expired'] += 1
            else if (channelSeq > start) expect(what, `number ${channelSeq}`).toBe(epoch)
            else if (what !== undefined) expect(what).toBe(epoch)
          }
          reached.reset += lowest < start ? 1 : 0
        }),
        {
          numRuns: Number(process.env.TIDINGS_RUNS ?? 400),
          seed: Number(process.env.TIDINGS_SEED ?? 7),
        },
      )
      if (catchUp === 'recent') expect(reached.skipped).toBeGreaterThan(0)
      else expect(reached.skipped).toBe(0)
      expect(reached.expired).toBeGreaterThan(0)
      expect(reached.reset).toBeGreaterThan(0)
    },
    120_000,
  )
})
