import assert from 'node:assert/strict'
import type { NodeLeases, RateLimiter, RateWindow, TokenRevocation } from '../limits.js'
import { type ContractRunner, casesOver } from './runner.js'

/** Rate limits, revoked tokens and node numbers of one engine. */
export interface LimitsHarness {
  readonly limiter: RateLimiter
  /** The same limits as another process has them; left out where they are of one process. */
  readonly another?: RateLimiter
  readonly revocation: TokenRevocation
  readonly leases: NodeLeases
  /** The wall clock, as the adapter sees it. */
  now(): number
  /** Moves every clock on, as the adapter sees it. */
  advance(ms: number): Promise<void>
  /** Takes the engine away; left out where it cannot be. */
  breakEngine?(): Promise<void>
  close(): Promise<void>
}

const window = (key: string, limit: number, windowMs = 1_000): RateWindow => ({
  key,
  limit,
  windowMs,
})

/** How many of so many attempts are let through. */
async function taken(limiter: RateLimiter, windows: readonly RateWindow[], attempts: number) {
  let count = 0
  for (let i = 0; i < attempts; i++) if ((await limiter.take(windows)).ok) count += 1
  return count
}

/** What every RateLimiter, TokenRevocation and NodeLeases must do. */
export function limitsContract(
  name: string,
  makeHarness: () => Promise<LimitsHarness>,
  runner: ContractRunner,
): void {
  const test = casesOver(runner, makeHarness)
  runner.describe(`${name} limits`, () => {
    rateCases(test)
    revocationCases(test)
    leaseCases(test)
  })
}

type Test = (title: string, body: (harness: LimitsHarness) => Promise<void>) => void

function rateCases(test: Test): void {
  test('I7: lets through as many as the limit says, then tells which window is full and for how long', async ({
    limiter,
  }) => {
    const windows = [window('user:ada', 3)]
    assert.equal(await taken(limiter, windows, 3), 3)
    const verdict = await limiter.take(windows)
    assert.ok(!verdict.ok)
    assert.equal(verdict.key, 'user:ada')
    assert.ok(verdict.retryAfterMs > 0 && verdict.retryAfterMs <= 2_000)
  })

  test('who waits as long as told gets through, at once or after little more', async (harness) => {
    const { limiter } = harness
    const windows = [window('user:ada', 5)]
    await taken(limiter, windows, 5)
    let waitedMs = 0
    for (let tries = 0; ; tries++) {
      const verdict = await limiter.take(windows)
      if (verdict.ok) break
      assert.ok(tries < 3, 'the wait is not a guess')
      waitedMs += verdict.retryAfterMs
      await harness.advance(verdict.retryAfterMs)
    }
    assert.ok(waitedMs <= 2_000)
  })

  test('I7: a window slides: a burst cannot pass twice at a boundary', async (harness) => {
    const { limiter } = harness
    const windows = [window('user:ada', 10)]
    await taken(limiter, windows, 1)
    await harness.advance(990)
    assert.equal(await taken(limiter, windows, 20), 9)
    await harness.advance(20)
    const over = await taken(limiter, windows, 20)
    assert.ok(over <= 2, `${over} more passed just behind the boundary`)
  })

  test('I7: in the long run no more pass than the limit says', async (harness) => {
    const { limiter } = harness
    const windows = [window('user:ada', 10)]
    let count = 0
    for (let i = 0; i < 200; i++) {
      count += await taken(limiter, windows, 3)
      await harness.advance(100)
    }
    assert.ok(count <= 10 * 21, `${count} in 20 windows`)
    assert.ok(count >= 10 * 15, `only ${count} in 20 windows`)
  })

  test('takes from every window or from none', async ({ limiter }) => {
    await taken(limiter, [window('channel:a', 2)], 2)
    assert.equal(await taken(limiter, [window('user:ada', 5), window('channel:a', 2)], 9), 0)
    assert.equal(await taken(limiter, [window('channel:a', 2), window('user:ada', 5)], 9), 0)
    assert.equal(await taken(limiter, [window('user:ada', 5)], 9), 5)
  })

  test('windows of other keys are not touched; no window at all is no limit', async ({
    limiter,
  }) => {
    assert.equal(await taken(limiter, [window('user:a', 2)], 5), 2)
    assert.equal(await taken(limiter, [window('user:b', 2)], 5), 2)
    assert.equal(await taken(limiter, [], 100), 100)
  })

  test('[P-39] R4: what was let through under an id is let through again, and charged nothing', async ({
    limiter,
  }) => {
    const windows = [window('user:ada\nc', 3), window('workspace:w', 9)]
    const once = 'send:ada\n1\nc'
    for (let i = 0; i < 10; i++) assert.deepEqual(await limiter.take(windows, once), { ok: true })
    assert.equal(await taken(limiter, windows, 9), 2)
    assert.deepEqual(await limiter.take(windows, once), { ok: true })
    assert.equal((await limiter.take(windows, 'send:ada\n2\nc')).ok, false)
  })

  test('[P-39] R4: so it is in another process, also while the rate is used up there', async ({
    limiter,
    another = limiter,
  }) => {
    const windows = [window('user:ada\nc', 3), window('workspace:w', 9)]
    const once = 'send:ada\n1\nc'
    assert.equal((await limiter.take(windows, once)).ok, true)
    assert.equal((await another.take(windows, once)).ok, true)
    assert.equal(await taken(another, windows, 9), 2)
    assert.equal((await limiter.take(windows, 'send:ada\n2\nc')).ok, false)
    assert.equal((await another.take(windows, once)).ok, true)
    assert.equal((await limiter.take(windows, once)).ok, true)
  })

  test('I7: what was refused under an id is charged when it is let through', async (harness) => {
    const { limiter } = harness
    const windows = [window('user:ada\nc', 5), window('workspace:w', 1)]
    const once = 'send:ada\n1\nc'
    await taken(limiter, windows.slice(1), 1)
    assert.equal((await limiter.take(windows, once)).ok, false)
    assert.equal((await limiter.take(windows, once)).ok, false)
    assert.equal((await limiter.take(windows.slice(0, 1), once)).ok, true)
    assert.equal(await taken(limiter, windows.slice(0, 1), 9), 4)
  })

  test('without its engine it lets through what it would with it, and more, and does not throw', async (harness) => {
    await taken(harness.limiter, [window('user:ada', 1)], 1)
    if (harness.breakEngine === undefined) return
    await harness.breakEngine()
    assert.equal(await taken(harness.limiter, [window('user:ada', 1)], 5), 5)
  })
}

function revocationCases(test: Test): void {
  test('a revoked token stays revoked until it would have expired', async (harness) => {
    const { revocation } = harness
    const untilMs = harness.now() + 10_000
    await revocation.revoke('one', untilMs)
    assert.equal(await revocation.isRevoked('one'), true)
    assert.equal(await revocation.isRevoked('two'), false)
    await revocation.revoke('two', untilMs)
    await harness.advance(9_000)
    assert.equal(await revocation.isRevoked('one'), true)
    assert.equal(await revocation.isRevoked('two'), true)
  })

  test('ids of tokens are opaque: what looks alike is kept apart', async (harness) => {
    const { revocation } = harness
    const untilMs = harness.now() + 10_000
    const odd = ['a', 'a ', 'a:b', '{a}', '*', 'é']
    for (const jti of odd) await revocation.revoke(jti, untilMs)
    for (const jti of odd) assert.equal(await revocation.isRevoked(jti), true)
    for (const jti of ['A', ' a', 'a:', 'b', '{b}', 'e\u0301', '']) {
      assert.equal(await revocation.isRevoked(jti), false, jti)
    }
  })
}

function leaseCases(test: Test): void {
  test('no two living processes have the same node number', async ({ leases }) => {
    const held = await Promise.all(Array.from({ length: 40 }, () => leases.acquire()))
    const nodes = held.map((lease) => lease.node)
    assert.equal(new Set(nodes).size, 40)
    for (const node of nodes) assert.ok(Number.isInteger(node) && node >= 0 && node <= 1_023)
    for (const lease of held) assert.equal(lease.valid(), true)
    await Promise.all(held.map((lease) => lease.release()))
  })

  test('a lease that was given back is not valid any more', async ({ leases }) => {
    const lease = await leases.acquire()
    await lease.release()
    assert.equal(lease.valid(), false)
    await lease.release()
    const next = await leases.acquire()
    assert.equal(next.valid(), true)
    await next.release()
  })

  test('a lease that was given back twice frees one number once', async ({ leases }) => {
    const first = await leases.acquire()
    await first.release()
    const second = await leases.acquire()
    await first.release()
    const third = await leases.acquire()
    assert.notEqual(third.node, second.node)
    assert.ok(second.valid() && third.valid())
    await Promise.all([second.release(), third.release()])
  })
}
