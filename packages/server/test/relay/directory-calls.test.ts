import { describe, expect, it } from 'vitest'
import { DIRECTORY_TURNS_MAX } from '../../src/relay/relay.js'
import { TURNS_MAX } from '../../src/relay/turns.js'
import { createWorld, entry } from './world.js'

/** A thousand channels with one change each, and a database that takes its time. */
function busyWorld() {
  const changes = Array.from({ length: TURNS_MAX }, (_, n) => entry(n + 1, `channel-${n}`))
  const world = createWorld(changes)
  world.settings.folds = () => true
  world.settings.takesMs = 5
  return world
}

describe('changes of a thousand channels at once', () => {
  it('I7: leave the database to others: a handful of turns use it at the same time', async () => {
    const { environment, relay, done, errors, calls } = busyWorld()
    relay.poke()
    await environment.advance(10_000)
    expect(done).toHaveLength(TURNS_MAX)
    expect(calls).toEqual({ now: 0, most: DIRECTORY_TURNS_MAX })
    expect(DIRECTORY_TURNS_MAX).toBeLessThanOrEqual(4)
    expect(errors).toEqual([])
    await relay.close()
    expect(environment.timers).toBe(0)
  })

  it('get their places back from calls that fail', async () => {
    const { environment, relay, settings, done, calls } = busyWorld()
    settings.unreadable = new Error('the connection was reset')
    relay.poke()
    await environment.advance(2_000)
    settings.unreadable = undefined
    settings.refusal = new Error('read-only')
    await environment.advance(10_000)
    expect(done).toEqual([])
    settings.refusal = undefined
    await environment.advance(60_000)
    expect(done).toHaveLength(TURNS_MAX)
    expect(calls).toEqual({ now: 0, most: DIRECTORY_TURNS_MAX })
    await relay.close()
    expect(environment.timers).toBe(0)
  })

  it('are not waited for when the relay closes: only the calls that were made are', async () => {
    const { environment, relay, settings, asked } = busyWorld()
    settings.takesMs = 5_000
    relay.poke()
    await environment.settle()
    expect(asked.channels).toBe(DIRECTORY_TURNS_MAX)
    const closed = relay.close()
    await environment.advance(5_000)
    await closed
    expect([asked.channels, asked.deletes]).toEqual([DIRECTORY_TURNS_MAX, 0])
    expect(environment.timers).toBe(0)
  })
})
