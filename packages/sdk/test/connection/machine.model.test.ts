import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { activitiesOf } from '../../src/connection/activities.js'
import { BACK_OFF_MAX_MS } from '../../src/connection/back-off.js'
import { step } from '../../src/connection/machine.js'
import {
  type EventType,
  initialState,
  type MachineEvent,
  type State,
} from '../../src/connection/states.js'
import { stop, TidingsError } from '../../src/errors.js'
import { testAck } from '../../src/testing/frames.js'
import { EXPECTED, failure, SAME, SAMPLES } from './machine-table.js'

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
