import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Coverage } from './coverage.js'
import { OTHER_KINDS } from './generate/requests.js'
import { routesOf } from './generate/routes.js'
import { Random } from './random.js'
import { documentOf, runRequests } from './requests/run.js'
import { REQUESTS, SEED, WITHOUT_LIMITS } from './settings.js'
import { chat, growth, handlesAsBefore, inMiB, wrongInChannels } from './system/after.js'
import { FuzzTarget, type Measured } from './system/target.js'

describe(`${REQUESTS} requests to every route, seed ${SEED}`, () => {
  let target: FuzzTarget
  let idle: Measured

  beforeAll(async () => {
    target = await FuzzTarget.start(WITHOUT_LIMITS)
    idle = await target.measure()
  }, 60_000)
  afterAll(() => target.close())

  it('[P-75] [P-88] each get an answer that the document declares, and nothing ends the server', async () => {
    const random = new Random(SEED)
    const document = await documentOf(target)
    const coverage = new Coverage([...routesOf(document).map(({ name }) => name), ...OTHER_KINDS])
    const answers = new Coverage()
    const part = (requests: number) =>
      runRequests({ target, random, requests: Math.ceil(requests), coverage, answers, document })
    await part(REQUESTS * 0.4)
    const half = await target.measure()
    await part(REQUESTS * 0.6)
    const end = await target.measure()
    console.log(
      `requests by route\n${coverage.table()}\nanswers\n${answers.table()}\n${inMiB(idle)} before, ${inMiB(half)} at two fifths, ${inMiB(end)} after`,
    )
    expect(coverage.total).toBeGreaterThanOrEqual(REQUESTS)
    expect(coverage.below(0.01)).toEqual([])
    expect(growth(half, end)).toEqual([])
  }, 1_800_000)

  it('I2: every channel is without a hole', async () => {
    expect(await wrongInChannels(target, [])).toEqual([])
  }, 120_000)

  it('normal clients chat as if nothing had been', async () => {
    const texts = Array.from({ length: 20 }, (_, i) => `after all ${i}`)
    expect(await chat(target, texts)).toEqual(texts)
  }, 60_000)

  it('nothing stays open, nothing was warned of, and no secret is in the log', async () => {
    await handlesAsBefore(target, idle)
    expect(target.warnings).toEqual([])
    expect(target.logged).toBeGreaterThan(0)
    expect(target.leaks).toEqual([])
  }, 60_000)

  it('ends when it is told to', async () => {
    expect(await target.close()).toBe(0)
  }, 60_000)
})
