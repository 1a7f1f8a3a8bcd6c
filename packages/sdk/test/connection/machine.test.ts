import { describe, expect, it } from 'vitest'
import { BACK_OFF_MAX_MS, backOffMs, reconnectMs } from '../../src/connection/back-off.js'
import { step } from '../../src/connection/machine.js'
import {
  type EventType,
  initialState,
  type State,
  type StateName,
  type StepContext,
} from '../../src/connection/states.js'
import { EXPECTED, SAME, SAMPLES } from './machine-table.js'

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
    for (const [type, expected] of Object.entries(row) as [EventType, StateName | typeof SAME][]) {
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
    expect([0, 1, 2].map((attempt) => reconnectMs(attempt, 0.999))).toEqual([499.5, 999, 1_998])
    expect(reconnectMs(50, 0.5, 700)).toBe(700 + BACK_OFF_MAX_MS / 2)
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
