import assert from 'node:assert/strict'
import type { ServerEnvironment } from '../environment.js'
import { type ContractRunner, casesOver, turns } from './runner.js'

/** An adapter under test. */
export interface EnvironmentHarness {
  readonly environment: ServerEnvironment
  /** Resolves when at least so much time has passed and whatever was due has happened. */
  pass(ms: number): Promise<void>
  /** Sets the wall clock, as an administrator does; left out where a test cannot. */
  shiftWallClock?(ms: number): void
  close(): Promise<void>
}

/** Clocks and timers of one machine may be rounded by so much against each other. */
const ROUNDING_MS = 1
const DRAWS = 10_000

/** What every ServerEnvironment must do. */
export function environmentContract(
  name: string,
  makeHarness: () => Promise<EnvironmentHarness>,
  runner: ContractRunner,
): void {
  const test: EnvironmentCase = casesOver(runner, makeHarness)
  runner.describe(`${name} is an environment`, () => {
    clockCases(test)
    timerCases(test)
    turnCases(test)
    chanceCases(test)
  })
}

type EnvironmentCase = (title: string, body: (harness: EnvironmentHarness) => Promise<void>) => void

function clockCases(test: EnvironmentCase): void {
  test('the wall clock gives whole Unix milliseconds and goes on', async ({
    environment,
    pass,
  }) => {
    const before = environment.now()
    assert.ok(Number.isSafeInteger(before))
    assert.ok(before > Date.UTC(2020), 'milliseconds, and not seconds or since the start')
    await pass(20)
    const passedMs = environment.now() - before
    assert.ok(passedMs >= 20 - ROUNDING_MS && passedMs < 10_000, `${passedMs} ms`)
  })

  test('the monotonic clock counts milliseconds and never goes back', async ({
    environment,
    pass,
  }) => {
    const begin = environment.monotonicNow()
    assert.ok(Number.isFinite(begin))
    let last = begin
    for (let i = 0; i < 10; i++) {
      await pass(2)
      for (let j = 0; j < 100; j++) {
        const now = environment.monotonicNow()
        assert.ok(now >= last, `went back from ${last} to ${now}`)
        last = now
      }
    }
    assert.ok(last - begin >= 20 - ROUNDING_MS && last - begin < 10_000, `${last - begin} ms`)
  })

  test('the monotonic clock does not follow a wall clock that is set', async ({
    environment,
    shiftWallClock,
  }) => {
    if (shiftWallClock === undefined) return
    const [wall, monotonic] = [environment.now(), environment.monotonicNow()]
    shiftWallClock(-3_600_000)
    assert.equal(environment.now(), wall - 3_600_000)
    assert.equal(environment.monotonicNow(), monotonic)
    shiftWallClock(7_200_000)
    assert.equal(environment.now(), wall + 3_600_000)
    assert.equal(environment.monotonicNow(), monotonic)
  })

  test('a timer is not moved by a wall clock that is set', async ({
    environment,
    shiftWallClock,
    pass,
  }) => {
    if (shiftWallClock === undefined) return
    let fired = 0
    environment.setTimer(() => (fired += 1), 20)
    shiftWallClock(3_600_000)
    await turns()
    assert.equal(fired, 0)
    shiftWallClock(-7_200_000)
    await pass(20)
    assert.equal(fired, 1)
  })
}

function timerCases(test: EnvironmentCase): void {
  test('a timer fires once, not before its time, never within the call', async ({
    environment,
    pass,
  }) => {
    const start = environment.monotonicNow()
    const firedAt: number[] = []
    environment.setTimer(() => firedAt.push(environment.monotonicNow() - start), 20)
    environment.setTimer(() => firedAt.push(environment.monotonicNow() - start), 0)
    assert.deepEqual(firedAt, [])
    await pass(100)
    const [soon = -1, late = -1] = firedAt
    assert.equal(firedAt.length, 2)
    assert.ok(soon >= 0 && late >= 20 - ROUNDING_MS, `after ${soon} and ${late} ms`)
  })

  test('timers fire in the order in which they are due, those of one time as they were set', async ({
    environment,
    pass,
  }) => {
    const fired: string[] = []
    for (const [name, delayMs] of [
      ['d', 30],
      ['a', 10],
      ['c', 20],
      ['b', 10],
    ] as const) {
      environment.setTimer(() => fired.push(name), delayMs)
    }
    await pass(60)
    assert.deepEqual(fired, ['a', 'b', 'c', 'd'])
  })

  test('I9: a timer that was cleared does not fire, others do', async ({ environment, pass }) => {
    const fired: string[] = []
    const cleared = environment.setTimer(() => fired.push('cleared'), 10)
    const kept = environment.setTimer(() => fired.push('kept'), 10)
    // what is due at one moment can still be called off by what fires first
    const late = { handle: undefined as unknown }
    environment.setTimer(() => environment.clearTimer(late.handle), 12)
    late.handle = environment.setTimer(() => fired.push('late'), 40)
    environment.clearTimer(cleared)
    await pass(100)
    assert.deepEqual(fired, ['kept'])
    environment.clearTimer(kept)
  })

  test('clearing twice, what has fired, and nothing, is nothing', async ({ environment, pass }) => {
    let fired = 0
    const first = environment.setTimer(() => (fired += 1), 1)
    await pass(5)
    environment.setTimer(() => (fired += 1), 5)
    environment.clearTimer(first)
    environment.clearTimer(first)
    environment.clearTimer(undefined)
    await pass(20)
    assert.equal(fired, 2)
  })
}

function turnCases(test: EnvironmentCase): void {
  test('the next turn comes after this one and all that its promises do, in the order asked', async ({
    environment,
    pass,
  }) => {
    const seen: string[] = []
    environment.nextTurn(() => seen.push('turn'))
    environment.nextTurn(() => seen.push('another turn'))
    void promises(50).then(() => seen.push('promises'))
    seen.push('now')
    await pass(5)
    assert.deepEqual(seen, ['now', 'promises', 'turn', 'another turn'])
  })

  test('a turn that is asked for in a turn is a later one', async ({ environment, pass }) => {
    const seen: string[] = []
    environment.nextTurn(() => {
      environment.nextTurn(() => seen.push('second'))
      void promises(50).then(() => seen.push('between'))
      seen.push('first')
    })
    await pass(5)
    assert.deepEqual(seen, ['first', 'between', 'second'])
  })
}

/** A chain of so many promises, each ready when the one before is. */
async function promises(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await undefined
}

function chanceCases(test: EnvironmentCase): void {
  test('chance is spread over [0, 1) and never 1', async ({ environment }) => {
    const draws = Array.from({ length: DRAWS }, () => environment.random())
    for (const draw of draws) assert.ok(draw >= 0 && draw < 1, String(draw))
    const tenths = new Array<number>(10).fill(0)
    for (const draw of draws)
      tenths[Math.floor(draw * 10)] = (tenths[Math.floor(draw * 10)] ?? 0) + 1
    // a thousand each; more than six standard deviations off is no chance
    for (const count of tenths) assert.ok(Math.abs(count - DRAWS / 10) < 200, tenths.join(' '))
    assert.ok(new Set(draws).size > DRAWS * 0.99, 'the same few again and again')
  })

  test('no id is given twice, and each can stand in an address', async ({ environment }) => {
    const ids = Array.from({ length: DRAWS }, () => environment.randomId())
    assert.equal(new Set(ids).size, DRAWS)
    for (const id of ids) assert.match(id, /^[A-Za-z0-9_-]+$/)
  })
}
