import { describe, expect, it } from 'vitest'
import { createWorld, member } from './world.js'

describe('rates', () => {
  it('[P-48] lets a burst pass, then says how long to wait, and the same command succeeds later', async () => {
    const world = createWorld({ options: { userRate: { perSecond: 1, burst: 3 } } })
    for (let i = 0; i < 3; i++) {
      expect(await world.submitOne(world.send())).toEqual({ status: 'appended' })
    }
    const late = world.send()
    const verdict = await world.submitOne(late)
    expect(verdict).toMatchObject({ code: 'rate_limited', outcome: 'not_sent' })
    if (verdict.status !== 'refused' || verdict.retryAfterMs === undefined)
      throw new Error('no delay')
    await world.environment.advance(verdict.retryAfterMs)
    expect(await world.submitOne(late)).toEqual({ status: 'appended' })
  })

  it('[P-39] R4: a repeat of an id that was let through costs nothing', async () => {
    const world = createWorld({ options: { userRate: { perSecond: 1, burst: 2 } } })
    const frame = world.send()
    for (let i = 0; i < 10; i++) {
      expect(await world.submitOne(frame)).toEqual({ status: 'appended' })
    }
    expect(await world.submitOne(world.send())).toEqual({ status: 'appended' })
    expect(await world.submitOne(world.send())).toMatchObject({ code: 'rate_limited' })
  })

  it('counts each user in each channel by itself', async () => {
    const world = createWorld({
      options: { userRate: { perSecond: 1, burst: 1 } },
      members: [member('alice'), member('bob'), member('alice', { channelId: 'other' })],
    })
    expect(await world.submitOne(world.send())).toEqual({ status: 'appended' })
    expect(await world.submitOne(world.send(), { userId: 'bob' })).toEqual({ status: 'appended' })
    expect(await world.submitOne(world.send({ channel_id: 'other' }))).toEqual({
      status: 'appended',
    })
    expect(await world.submitOne(world.send())).toMatchObject({ code: 'rate_limited' })
  })

  it('limits a channel over all its users, and a workspace over all its channels', async () => {
    for (const options of [
      { channelRate: { perSecond: 1, burst: 1 } },
      { workspaceRate: { perSecond: 1, burst: 1 } },
    ]) {
      const world = createWorld({ options })
      expect(await world.submitOne(world.send())).toEqual({ status: 'appended' })
      expect(await world.submitOne(world.send(), { userId: 'bob' })).toMatchObject({
        code: 'rate_limited',
      })
    }
  })

  it('can be switched off', async () => {
    const off = { perSecond: 0, burst: 1 }
    const world = createWorld({ options: { userRate: off, channelRate: off } })
    const frames = Array.from({ length: 500 }, () => world.request(world.send()))
    const verdicts = await world.acceptance.submit(frames)
    expect(verdicts.every((verdict) => verdict.status === 'appended')).toBe(true)
  })

  it('I7: forgets the ids it remembers within a bound', async () => {
    const world = createWorld({
      options: { userRate: { perSecond: 100, burst: 100 } },
      onceMax: 4,
    })
    const first = world.send()
    await world.submitOne(first)
    for (let i = 0; i < 99; i++) await world.submitOne(world.send())
    // nothing of the rate is left and the first id is long forgotten
    expect(await world.submitOne(first)).toMatchObject({ code: 'rate_limited' })
  })
})
