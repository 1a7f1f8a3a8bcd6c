import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  heard,
  type Pulse,
  type PulseContext,
  rest,
  suspect,
  tick,
} from '../../src/heartbeat/pulse.js'

const at = (nowMs: number, changes: Partial<PulseContext> = {}): PulseContext => ({
  nowMs,
  wallMs: 1_700_000_000_000 + nowMs,
  chance: 0.5,
  intervalMs: 15_000,
  jitterMs: 3_000,
  ...changes,
})

describe('the pulse', () => {
  it('pings every 15 s, give or take 3 s', () => {
    expect(rest(at(0, { chance: 0 })).dueMs).toBe(12_000)
    expect(rest(at(0)).dueMs).toBe(15_000)
    expect(rest(at(0, { chance: 1 })).dueMs).toBe(18_000)
    expect(tick(rest(at(0)), at(15_000))).toMatchObject({ phase: 'probing', ping: true })
  })

  it('rests again after a sign of life, and is not put off by frames while it rests', () => {
    const resting = rest(at(0))
    expect(heard(resting, at(14_000))).toBe(resting)
    expect(heard(tick(resting, at(15_000)), at(15_100))).toMatchObject({
      phase: 'resting',
      dueMs: 30_100,
    })
  })

  it('is late after 7 s without an answer, asks again, and is dead after 4 s more', () => {
    const probing = tick(rest(at(0)), at(15_000))
    expect(probing.dueMs).toBe(22_000)
    const late = tick(probing, at(22_000))
    expect(late).toMatchObject({ phase: 'late', dueMs: 26_000, ping: true })
    expect(tick(late, at(26_000))).toMatchObject({ phase: 'dead', ping: false })
  })

  it('takes a signal as a reason to ask, with a short deadline, and gives no verdict', () => {
    const probing = suspect(rest(at(0)), at(5_000))
    expect(probing).toMatchObject({ phase: 'probing', dueMs: 9_000, ping: true })
    expect(suspect(probing, at(5_001))).toBe(probing)
    expect(tick(probing, at(9_000)).phase).toBe('late')
  })

  it('asks anew after a sleep in the middle of a probe, once', () => {
    const probing = tick(rest(at(0)), at(15_000))
    const hourLater = at(3_600_000)
    const again = tick(probing, hourLater)
    expect(again).toMatchObject({ phase: 'probing', ping: true, forgiven: true })
    expect(tick(again, at(7_200_000)).phase).toBe('late')
  })

  it('sees a sleep in which the monotonic clock stood still', () => {
    const probing = tick(rest(at(0)), at(15_000))
    const woken = at(22_000, { wallMs: 1_700_000_000_000 + 22_000 + 3_600_000 })
    expect(tick(probing, woken)).toMatchObject({ phase: 'probing', forgiven: true })
  })

  it('dies only after two pings without a sign, within 30 s of silence, whatever the clocks do', () => {
    const events = fc.array(
      fc.record({
        kind: fc.constantFrom('tick', 'tick', 'tick', 'heard', 'suspect'),
        lateMs: fc.constantFrom(0, 0, 0, 10, 60_000),
        wallJumpMs: fc.constantFrom(0, 0, 0, -3_600_000, 3_600_000),
        chance: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { maxLength: 60 },
    )
    void fc.assert(
      fc.property(events, (script) => {
        let nowMs = 0
        let wallMs = 0
        let pulse: Pulse = rest(at(0, { wallMs }))
        let pings = 0
        let jumps = 0
        let silentSinceMs = 0
        for (const { kind, lateMs, wallJumpMs, chance } of script) {
          const dueInMs = Math.max(0, pulse.dueMs - nowMs)
          const passedMs = kind === 'tick' ? dueInMs + lateMs : Math.min(dueInMs, 500)
          nowMs += passedMs
          wallMs += passedMs + wallJumpMs
          if (lateMs > 0 || wallJumpMs !== 0) jumps += 1
          const context = at(nowMs, { wallMs, chance })
          const before = pulse
          if (kind === 'tick') pulse = tick(pulse, context)
          else pulse = kind === 'heard' ? heard(pulse, context) : suspect(pulse, context)
          if (kind === 'heard') {
            pings = 0
            jumps = 0
            silentSinceMs = nowMs
          }
          if (pulse !== before && pulse.ping) pings += 1
          if (pulse.phase === 'dead') {
            expect(pings).toBeGreaterThanOrEqual(2)
            if (jumps === 0) expect(nowMs - silentSinceMs).toBeLessThanOrEqual(30_000)
            return
          }
          // Never longer without a ping than one interval and its jitter.
          expect(pulse.dueMs - nowMs).toBeLessThanOrEqual(18_000)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
