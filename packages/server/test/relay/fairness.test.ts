import { describe, expect, it } from 'vitest'
import { TURNS_MAX } from '../../src/relay/turns.js'
import { createWorld, entries, entry } from './world.js'

const isStopped = (channelId: string) => channelId.startsWith('stopped')

describe('a channel whose changes do not get into its stream', () => {
  it('R15: holds back no other, however many entries wait in it', async () => {
    const { environment, settings, add, done, relay } = createWorld(entries(10_000, 'stopped'))
    settings.folds = (channelId) => !isStopped(channelId)
    await environment.advance(60_000)
    add([entry(20_000, 'a'), entry(20_001, 'z'), entry(20_002, 'z')])
    relay.poke()
    await environment.advance(100)
    expect(done).toEqual([20_000, 20_001, 20_002])
    await relay.close()
    expect(environment.timers).toBe(0)
  })

  it('R15: holds back no other, however many such channels there are, and goes on when it can', async () => {
    const stopped = TURNS_MAX + 200
    const { environment, settings, add, done, appended, relay } = createWorld()
    for (let n = 0; n < stopped; n++) add([entry(n + 1, `stopped-${n}`)])
    settings.folds = (channelId) => !isStopped(channelId)
    relay.poke()
    await environment.settle()
    expect(appended).toHaveLength(TURNS_MAX)
    add([entry(9_001, 'a'), entry(9_002, 'z')])
    relay.poke()
    await environment.advance(6_000)
    expect([...done].sort()).toEqual([9_001, 9_002])
    settings.folds = () => true
    await environment.advance(30_000)
    expect(done).toHaveLength(stopped + 2)
    await relay.close()
    expect(environment.timers).toBe(0)
  })

  it('I7: is tried ever more seldom while its commands are in the log and get no answer', async () => {
    const { environment, relay, appended, settings, done } = createWorld(entries(2, 'stopped'))
    await environment.advance(60 * 60_000)
    expect(appended.length).toBeLessThan(130)
    expect(new Set(appended.map((command) => command.clientMsgId))).toEqual(new Set(['~1']))
    settings.folds = () => true
    await environment.advance(30_100)
    expect(done).toEqual([1, 2])
    await relay.close()
  })

  it('is tried as soon as before while its commands do not get into the log', async () => {
    const { environment, relay, appended, settings } = createWorld(entries(1, 'a'))
    settings.outcome = { status: 'unknown', reason: 'The brokers did not answer in time.' }
    await environment.advance(59_000)
    expect(appended).toHaveLength(12)
    await relay.close()
  })
})

describe('ten thousand members who join one channel', () => {
  it('R15: hold back no other channel, come once each, in order, and are deleted by the hundred', async () => {
    const { environment, settings, add, done, appended, asked, relay } = createWorld(
      entries(10_000, 'large'),
    )
    settings.folds = () => true
    await environment.advance(50)
    add([entry(20_000, 'other')])
    relay.poke()
    await environment.advance(50)
    expect(done).toContain(20_000)
    await environment.advance(10 * 10_000)
    expect(done).toHaveLength(10_001)
    const ids = appended
      .filter(({ channelId }) => channelId === 'large')
      .map(({ clientMsgId }) => Number(clientMsgId.slice(1)))
    expect(ids).toEqual(entries(10_000, 'large').map(({ entryId }) => entryId))
    expect(appended).toHaveLength(10_001)
    expect(asked.deletes).toBe(101)
    await relay.close()
  })
})
