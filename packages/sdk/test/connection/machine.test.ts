import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { activitiesOf } from '../../src/connection/activities.js'
import { BACK_OFF_MAX_MS, backOffMs } from '../../src/connection/back-off.js'
import { step } from '../../src/connection/machine.js'
import {
  type EventType,
  initialState,
  type MachineEvent,
  type State,
  type StateName,
  type StepContext,
} from '../../src/connection/states.js'
import { stop, TidingsError } from '../../src/errors.js'
import { testAck } from '../../src/testing/frames.js'

/**
 * The specification: where each event leads from each state. Complete by its type: a state or an
 * event that is added does not compile until every cell says what happens. `same` is no transition
 * at all, not even an entry anew.
 */
const SAME = 'same'
const EXPECTED: Record<StateName, Record<EventType, StateName | typeof SAME>> = {
  idle: {
    connect: 'authorising',
    close: 'closed',
    suspend: SAME,
    restore: SAME,
    wake: SAME,
    token: SAME,
    token_failed: SAME,
    opened: SAME,
    greeted: SAME,
    refused: SAME,
    refreshed: SAME,
    goaway: SAME,
    ended: SAME,
    drained: SAME,
    dead: SAME,
    elapsed: SAME,
    stable: SAME,
  },
  authorising: {
    connect: SAME,
    close: 'closed',
    suspend: 'idle',
    restore: SAME,
    wake: 'authorising',
    token: 'opening',
    token_failed: 'waiting',
    opened: SAME,
    greeted: SAME,
    refused: SAME,
    refreshed: SAME,
    goaway: SAME,
    ended: SAME,
    drained: SAME,
    dead: SAME,
    elapsed: 'waiting',
    stable: SAME,
  },
  opening: {
    connect: SAME,
    close: 'closed',
    suspend: 'idle',
    restore: SAME,
    wake: 'opening',
    token: SAME,
    token_failed: SAME,
    opened: 'greeting',
    greeted: SAME,
    refused: SAME,
    refreshed: SAME,
    goaway: SAME,
    ended: 'waiting',
    drained: SAME,
    dead: SAME,
    elapsed: 'waiting',
    stable: SAME,
  },
  greeting: {
    connect: SAME,
    close: 'closed',
    suspend: 'idle',
    restore: SAME,
    wake: 'greeting',
    token: SAME,
    token_failed: SAME,
    opened: SAME,
    greeted: 'connected',
    refused: 'greeting',
    refreshed: SAME,
    goaway: SAME,
    ended: 'waiting',
    drained: SAME,
    dead: SAME,
    elapsed: 'waiting',
    stable: SAME,
  },
  connected: {
    connect: SAME,
    close: 'closed',
    suspend: 'idle',
    restore: SAME,
    wake: SAME,
    token: SAME,
    token_failed: 'connected',
    opened: SAME,
    greeted: SAME,
    refused: 'connected',
    refreshed: 'connected',
    goaway: 'waiting',
    ended: 'waiting',
    drained: SAME,
    dead: 'waiting',
    elapsed: SAME,
    stable: 'connected',
  },
  waiting: {
    connect: 'opening',
    close: 'closed',
    suspend: 'idle',
    restore: SAME,
    wake: 'waiting',
    token: SAME,
    token_failed: SAME,
    opened: SAME,
    greeted: SAME,
    refused: SAME,
    refreshed: SAME,
    goaway: SAME,
    ended: SAME,
    drained: SAME,
    dead: SAME,
    elapsed: 'opening',
    stable: SAME,
  },
  closed: {
    connect: SAME,
    close: SAME,
    suspend: SAME,
    restore: SAME,
    wake: SAME,
    token: SAME,
    token_failed: SAME,
    opened: SAME,
    greeted: SAME,
    refused: SAME,
    refreshed: SAME,
    goaway: SAME,
    ended: SAME,
    drained: SAME,
    dead: SAME,
    elapsed: SAME,
    stable: SAME,
  },
}

const failure = new TidingsError('unavailable', 'No.')

const SAMPLES: { [T in EventType]: Extract<MachineEvent, { type: T }> } = {
  connect: { type: 'connect' },
  close: { type: 'close', error: new TidingsError('closed', 'Enough.') },
  suspend: { type: 'suspend' },
  restore: { type: 'restore' },
  wake: { type: 'wake' },
  token: { type: 'token', token: 't' },
  token_failed: { type: 'token_failed', error: failure },
  opened: { type: 'opened', protocol: 'tidings.v1' },
  greeted: { type: 'greeted', ack: testAck({ token_expires_in_ms: 60_000 }) },
  refused: { type: 'refused', error: failure },
  refreshed: { type: 'refreshed', token: 't2', expiresInMs: 60_000 },
  goaway: { type: 'goaway', delayMs: 100, jitterMs: 100, error: failure },
  ended: { type: 'ended', code: 1006, reason: '' },
  drained: { type: 'drained' },
  dead: { type: 'dead' },
  elapsed: { type: 'elapsed' },
  stable: { type: 'stable' },
}

const context: StepContext = { nowMs: 1_000, chance: 0.5 }

const run = (...types: EventType[]): State =>
  types.reduce<State>((state, type) => step(state, SAMPLES[type], context), initialState())

const REACHED: Record<StateName, State> = {
  idle: initialState(),
  authorising: run('connect'),
  opening: run('connect', 'token'),
  greeting: run('connect', 'token', 'opened'),
  connected: run('connect', 'token', 'opened', 'greeted'),
  waiting: run('connect', 'token', 'ended'),
  closed: run('connect', 'close'),
}

describe('the machine of the connection', () => {
  for (const [name, row] of Object.entries(EXPECTED) as [StateName, (typeof EXPECTED)['idle']][]) {
    for (const [type, expected] of Object.entries(row) as [EventType, StateName | 'same'][]) {
      it(`${name} on ${type}: ${expected}`, () => {
        const old = type === 'drained' ? { draining: 0 } : {}
        const before: State = { ...REACHED[name], ...old }
        expect(before.name).toBe(name)
        const after = step(before, SAMPLES[type], context)
        // That the old socket has gone is forgotten, and nothing else is other than before.
        if (type === 'drained' && name !== 'closed') {
          expect(after).toEqual({ ...before, draining: undefined })
        } else expect(after === before ? SAME : after.name).toBe(expected)
      })
    }
  }

  it('[P-85] jitters the first retry over the whole window, and every later one', () => {
    expect([0, 0.5, 0.999].map((chance) => backOffMs(0, chance))).toEqual([0, 500, 999])
    expect(backOffMs(3, 0.5)).toBe(4_000)
    expect(backOffMs(50, 0.5)).toBe(BACK_OFF_MAX_MS / 2)
    expect(backOffMs(0, 0, 700)).toBe(700)
  })

  it('connects at once with the user’s own connect() unless the server named the time', () => {
    const told = step(REACHED.connected, SAMPLES.goaway, context)
    expect(step(told, SAMPLES.connect, context)).toBe(told)
    expect(step(told, SAMPLES.wake, context)).toBe(told)
    expect(step(REACHED.waiting, SAMPLES.connect, context).name).toBe('opening')
  })

  it('never uses a token beyond 80 % of its life', () => {
    const waiting = step(REACHED.connected, SAMPLES.ended, context)
    expect(step(waiting, SAMPLES.elapsed, { nowMs: 48_999, chance: 0 }).name).toBe('opening')
    expect(step(waiting, SAMPLES.elapsed, { nowMs: 49_001, chance: 0 })).toMatchObject({
      name: 'authorising',
      askReason: 'expired',
    })
  })
})

describe('the machine under adversarial events', () => {
  interface Step {
    readonly event: MachineEvent
    readonly pick: number
    readonly wild: boolean
  }
  const errors = fc.constantFrom(
    failure,
    stop('gone'),
    new TidingsError('rate_limited', 'Slow.', { retryAfterMs: 9_000 }),
    new TidingsError('token_expired', 'Old.'),
    new TidingsError('unsupported_version', 'New.'),
  )
  const codes = fc.constantFrom(1000, 1001, 1006, 1009, 4001, 4003, 4008, 4009, 4400, 4429, 4503)
  const others = (Object.keys(SAMPLES) as EventType[]).filter((type) => type !== 'close')
  const anyEvent: fc.Arbitrary<MachineEvent> = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...others).map((type) => SAMPLES[type]) },
    { weight: 1, arbitrary: errors.map((error) => ({ type: 'token_failed', error }) as const) },
    { weight: 1, arbitrary: errors.map((error) => ({ type: 'refused', error }) as const) },
    {
      weight: 2,
      arbitrary: codes.map((code) => ({ type: 'ended', code, reason: '' }) as const),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('alice', 'bob')
        .map((user_id) => ({ type: 'greeted', ack: testAck({ user_id }) }) as const),
    },
    { weight: 1, arbitrary: fc.constant({ type: 'opened', protocol: '' } as const) },
  )
  /** Two in three steps do something that leads on from the state, so that runs get far. */
  const choose = (state: State, { event, pick, wild }: Step): MachineEvent => {
    const row = EXPECTED[state.name]
    const leading = others.filter((type) => type !== 'suspend' && row[type] !== SAME)
    const type = leading[pick % Math.max(1, leading.length)]
    return wild || type === undefined ? event : SAMPLES[type]
  }
  const steps = fc.array(
    fc.record({
      event: anyEvent,
      pick: fc.nat(),
      wild: fc.nat(2).map((n) => n === 0),
      passedMs: fc.integer({ min: 0, max: 60_000 }),
      chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
    }),
    { maxLength: 80 },
  )

  it('keeps its promises after every step', () => {
    void fc.assert(
      fc.property(steps, (script) => {
        let state = initialState('alice')
        let nowMs = 0
        let silent = 0
        for (const drawn of script) {
          const { passedMs, chance } = drawn
          nowMs += passedMs
          const before = state
          const event = choose(before, drawn)
          const snapshot = { ...before }
          state = step(before, event, { nowMs, chance })
          // Pure: what was there is as it was.
          expect(before).toEqual(snapshot)
          const keys = activitiesOf(state, 15_000).map(({ key }) => key)
          expect(new Set(keys).size).toBe(keys.length)
          const open = keys.filter((key) => key.startsWith('socket'))
          const drains = `socket ${state.draining}`
          expect(open.filter((key) => key !== drains).length).toBeLessThanOrEqual(1)
          // A socket that was told to go is kept, never opened again.
          const kept = activitiesOf(before, 15_000).map(({ key }) => key)
          if (open.includes(drains)) expect(kept).toContain(drains)
          // Nothing waits for ever: each state that is not at rest has a deadline or a heartbeat.
          const rests = state.name === 'idle' || state.name === 'closed'
          expect(rests || keys.some((key) => /^(elapsed|heartbeat)/.test(key))).toBe(true)
          if (rests) expect(keys).toEqual([])
          if (before.name === 'closed') expect(state).toBe(before)
          // A timer of an entry never outlives it.
          if (state.name !== before.name) {
            const old = activitiesOf(before, 15_000).filter(({ kind }) => kind !== 'socket')
            for (const { key } of old) {
              if (!key.startsWith('renew')) expect(keys).not.toContain(key)
            }
          }
          if (state.name === 'connected') expect(state.ack.user_id).toBe('alice')
          if (state.name === 'waiting' && before.name !== 'waiting') {
            const asked = state.error?.retryAfterMs ?? 0
            expect(state.delayMs).toBeGreaterThanOrEqual(asked)
            expect(state.delayMs).toBeLessThanOrEqual(asked + BACK_OFF_MAX_MS)
          }
          if (state.name === 'waiting' && before.name === 'waiting') {
            expect(state.untilMs).toBeLessThanOrEqual(Math.max(before.untilMs, nowMs))
          }
          // Never a third attempt in a row on a token that brought two without a first frame.
          if (state.name === 'waiting' && state.silentAttempts > silent) silent += 1
          if (state.silentAttempts === 0) silent = 0
          expect(state.silentAttempts).toBeLessThanOrEqual(2)
          if (state.name === 'opening' && before.name === 'waiting') expect(silent).toBeLessThan(2)
        }
        const end = step(state, SAMPLES.close, { nowMs, chance: 0 })
        expect(end.name).toBe('closed')
        expect(activitiesOf(end, 15_000)).toEqual([])
      }),
      { numRuns: 2_000 },
    )
  })

  it('comes back whenever the server does: no event leaves it stuck', () => {
    void fc.assert(
      fc.property(steps, (script) => {
        let state = initialState()
        let nowMs = 0
        for (const drawn of script) {
          nowMs += drawn.passedMs
          state = step(state, choose(state, drawn), { nowMs, chance: drawn.chance })
        }
        if (state.name === 'closed') return
        const path: EventType[] = ['restore', 'connect', 'elapsed', 'token', 'opened']
        const greeted: MachineEvent = {
          type: 'greeted',
          ack: testAck({ user_id: state.userId ?? 'alice' }),
        }
        for (let round = 0; round < 3; round++) {
          for (const type of path) {
            if (type === 'elapsed' && state.name !== 'waiting') continue
            state = step(state, SAMPLES[type], { nowMs, chance: 0 })
          }
          state = step(state, greeted, { nowMs, chance: 0 })
        }
        expect(state.name).toBe('connected')
      }),
      { numRuns: 1_000 },
    )
  })
})
