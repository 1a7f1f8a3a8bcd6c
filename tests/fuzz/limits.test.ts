import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Coverage } from './coverage.js'
import { type Ack, runFrames } from './frames/run.js'
import { Random } from './random.js'
import { documentOf, runRequests } from './requests/run.js'
import { FRAMES, REQUESTS, SEED } from './settings.js'
import { askPatiently, chat, handlesAsBefore, wrongInChannels } from './system/after.js'
import { FuzzTarget, type Measured } from './system/target.js'

const LIMITS = {
  frameRatePerS: 30,
  sendRatePerS: 1,
  sendBurst: 5,
  requestRatePerS: 40,
  maxConnections: 30,
  connectionRatePerS: 100,
  helloTimeoutMs: 2_000,
  drainTimeoutMs: 0,
}
/** More clients than may be connected. */
const SOCKETS = 45
const PART = 0.1

describe(`a flood against limits, seed ${SEED}`, () => {
  let target: FuzzTarget
  let idle: Measured
  const codes = new Coverage()
  const acks: Ack[] = []

  beforeAll(async () => {
    target = await FuzzTarget.start(LIMITS)
    idle = await target.measure()
  }, 60_000)
  afterAll(() => target.close())

  it('[P-48] [P-75] is refused with delays, and ends no more than the connections that make it', async () => {
    const random = new Random(SEED)
    const frames = Math.ceil(FRAMES * PART)
    const run = { target, random, frames, coverage: new Coverage(), codes, acks, limited: true }
    await runFrames({ ...run, sockets: SOCKETS })
    console.log(`answers to ${frames} frames\n${codes.table()}`)
    for (const code of ['rate_limited', 'too_many_connections', 'message.ack', 'pong']) {
      expect([code, codes.of(code) > 0]).toEqual([code, true])
    }
  }, 600_000)

  it('[P-75] of requests is answered with 429 and Retry-After', async () => {
    const answers = new Coverage()
    // the document itself is a request, and waits its turn
    await calm()
    const document = await documentOf(target)
    const requests = Math.ceil(REQUESTS * PART)
    const coverage = new Coverage()
    await runRequests({ target, random: new Random(SEED), requests, coverage, answers, document })
    console.log(`answers to ${requests} requests\n${answers.table()}`)
    expect(answers.of('rate_limited')).toBeGreaterThan(0)
    expect(answers.of('200')).toBeGreaterThan(0)
  }, 600_000)

  it('leaves everything whole, and normal clients chat once it is over', async () => {
    await calm()
    expect(await wrongInChannels(target, acks)).toEqual([])
    const texts = ['after', 'the', 'flood']
    expect(await chat(target, texts)).toEqual(texts)
    await handlesAsBefore(target, idle)
    expect([target.warnings, target.leaks]).toEqual([[], []])
    expect(await target.close()).toBe(0)
  }, 120_000)

  /** Resolves when a request of ours is answered: the window has passed. */
  async function calm(): Promise<void> {
    expect((await askPatiently(target, '/v1/me')).status).toBe(200)
  }
})
