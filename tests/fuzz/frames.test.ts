import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Coverage } from './coverage.js'
import { type Ack, runFrames } from './frames/run.js'
import { FRAME_KINDS } from './generate/client-frames.js'
import { Random } from './random.js'
import { FRAMES, SEED, WITHOUT_LIMITS } from './settings.js'
import { chat, growth, handlesAsBefore, inMiB, wrongInChannels } from './system/after.js'
import { FuzzTarget, type Measured } from './system/target.js'

describe(`${FRAMES} frames of many kinds, seed ${SEED}`, () => {
  let target: FuzzTarget
  let idle: Measured
  const coverage = new Coverage(FRAME_KINDS)
  const codes = new Coverage()
  const acks: Ack[] = []

  beforeAll(async () => {
    target = await FuzzTarget.start(WITHOUT_LIMITS)
    idle = await target.measure()
  }, 60_000)
  afterAll(() => target.close())

  it('[P-1] [P-5] [P-7] [P-37] [P-75] each get one documented answer, and nothing ends the server', async () => {
    const random = new Random(SEED)
    const part = (frames: number) =>
      runFrames({ target, random, frames: Math.ceil(frames), coverage, codes, acks })
    await part(FRAMES * 0.4)
    const half = await target.measure()
    await part(FRAMES * 0.6)
    const end = await target.measure()
    console.log(
      `frames by kind\n${coverage.table()}\nanswers\n${codes.table()}\n${inMiB(idle)} before, ${inMiB(half)} at two fifths, ${inMiB(end)} after`,
    )
    expect(coverage.total).toBeGreaterThanOrEqual(FRAMES)
    expect(coverage.below(0.01)).toEqual([])
    expect(growth(half, end)).toEqual([])
  }, 1_800_000)

  it('I1, I2, I3: what was acknowledged stands where it was said, once, without a hole', async () => {
    expect(acks.length).toBeGreaterThan(FRAMES / 100)
    expect(await wrongInChannels(target, acks)).toEqual([])
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
