import { describe, expect, it } from 'vitest'
import type { CommandResult } from '../../src/stream/command.js'
import { createWorld, entries, entry } from './world.js'

const outcomeOf = (stored: Promise<CommandResult>): Promise<string> =>
  stored.then(
    ({ status }) => status,
    ({ name, code, message }) => `${name} ${code}: ${message}`,
  )
const LATER =
  'DirectoryError unavailable: The change was made; its event is not in the channel yet, and follows by itself.'

describe('who waits until a change is in the stream', () => {
  it('I7: is told that it comes later when nothing has been brought into the channel for 30 s', async () => {
    const { environment, relay, settings, done, givenUp } = createWorld(entries(2, 'a'))
    let outcomes: readonly string[] | undefined
    void Promise.all(entries(2, 'a').map((one) => outcomeOf(relay.stored(one)))).then((told) => {
      outcomes = told
    })
    await environment.advance(29_900)
    expect(outcomes).toBeUndefined()
    await environment.advance(200)
    expect(outcomes).toEqual([LATER, LATER])
    expect(givenUp).toEqual(['2 late'])
    settings.folds = () => true
    await environment.advance(30_000)
    expect(done).toEqual([1, 2])
    expect(await outcomeOf(relay.stored(entry(2, 'a')))).toBe('accepted')
    await relay.close()
    expect(environment.timers).toBe(0)
  })

  it('waits on, however long, while one after the other is brought, and in that channel alone', async () => {
    const made = [...entries(50, 'a'), entry(99, 'still')]
    const { environment, relay, settings, givenUp } = createWorld(made, { storedTimeoutMs: 100 })
    settings.folds = (channelId) => channelId === 'a'
    const stored = Promise.all(made.map((one) => outcomeOf(relay.stored(one))))
    await environment.advance(2_000)
    expect(await stored).toEqual([...Array(50).fill('accepted'), LATER])
    expect(givenUp).toEqual(['1 late'])
    await relay.close()
    expect(environment.timers).toBe(0)
  })

  it('I7: does not wait where too many do, and what was changed comes all the same', async () => {
    const { environment, relay, settings, done, givenUp } = createWorld(entries(3, 'a'), {
      maxWaiting: 4,
    })
    const stored = entries(3, 'a').map((one) => outcomeOf(relay.stored(one)))
    const again = outcomeOf(relay.stored(entry(1, 'a')))
    expect(await stored[2]).toBe(LATER)
    expect(givenUp).toEqual(['1 full'])
    const others = [entry(98, 'b'), entry(99, 'c'), entry(100, 'd')]
    const [inB, inC, inD] = others.map((one) => outcomeOf(relay.stored(one)))
    expect(await inD).toBe(LATER)
    expect(givenUp).toEqual(['1 full', '1 full'])
    void Promise.all([inB, inC])
    settings.folds = () => true
    await environment.advance(6_000)
    expect(await Promise.all([...stored.slice(0, 2), again])).toEqual(Array(3).fill('accepted'))
    expect(done).toEqual([1, 2, 3])
    await relay.close()
    expect(environment.timers).toBe(0)
  })

  it('is not answered with what had its number before the database was restored', async () => {
    const lost = { ...entry(1, 'a'), nonce: 'lost' }
    const later = { ...entry(1, 'a'), nonce: 'later' }
    const { environment, relay, settings, appended, add } = createWorld([lost])
    settings.folds = () => true
    await environment.advance(1_000)
    expect(await outcomeOf(relay.stored(lost))).toBe('accepted')
    settings.folds = () => false
    add([later])
    let outcome: string | undefined
    void outcomeOf(relay.stored(later)).then((told) => {
      outcome = told
    })
    await environment.advance(1_000)
    expect(outcome).toBeUndefined()
    settings.folds = () => true
    await environment.advance(6_000)
    expect(outcome).toBe('accepted')
    expect([...new Set(appended.map(({ clientMsgId }) => clientMsgId))]).toEqual([
      '~1.lost',
      '~1.later',
    ])
    await relay.close()
    expect(environment.timers).toBe(0)
  })

  it('is told the same when the relay closes', async () => {
    const { environment, relay } = createWorld(entries(2, 'a'))
    const stored = outcomeOf(relay.stored(entry(1, 'a')))
    await environment.settle()
    await relay.close()
    expect(await stored).toBe(LATER)
    expect(await outcomeOf(relay.stored(entry(2, 'a')))).toBe(LATER)
    expect(environment.timers).toBe(0)
  })
})
