import { describe, expect, it } from 'vitest'
import { createWorld, entries, entry } from './world.js'

const MINUTE_MS = 60_000

describe('a directory that is read and refuses writes', () => {
  it('I7: makes no entry come again that stands in its stream: only its deletion is tried again', async () => {
    const world = createWorld([...entries(3, 'a'), entry(4, 'b')])
    const { environment, relay, settings, appended, done, errors, asked } = world
    settings.folds = () => true
    settings.refusal = new Error('could not extend file: No space left on device')
    await environment.advance(10 * MINUTE_MS)
    const ids = appended.map((command) => command.clientMsgId)
    expect(ids.sort()).toEqual(['~1', '~2', '~3', '~4'])
    expect(asked.deletes).toBeGreaterThan(2)
    expect(asked.deletes).toBeLessThan(60)
    expect(errors).toHaveLength(asked.deletes)
    settings.refusal = undefined
    await environment.advance(30_000)
    expect([...done].sort()).toEqual([1, 2, 3, 4])
    expect(appended).toHaveLength(4)
    await relay.close()
    expect(environment.timers).toBe(0)
  })

  it('keeps nobody waiting whose change stands in the stream', async () => {
    const { environment, relay, settings } = createWorld(entries(2, 'a'))
    settings.folds = () => true
    settings.refusal = new Error('read-only')
    const stored = Promise.all([relay.stored(entry(1, 'a')), relay.stored(entry(2, 'a'))])
    await environment.advance(100)
    expect(await stored).toMatchObject([{ status: 'accepted' }, { status: 'accepted' }])
    await relay.close()
    expect(environment.timers).toBe(0)
  })
})

describe('a relay that cannot do its work', () => {
  it('I7: waits before it reads again what could not be read', async () => {
    const { environment, relay, settings, asked, done, errors } = createWorld(entries(1, 'a'))
    settings.folds = () => true
    settings.unreadable = new Error('the connection was reset')
    await environment.advance(MINUTE_MS)
    expect(asked.channels).toBeLessThan(65)
    expect(errors).toHaveLength(asked.channels)
    settings.unreadable = undefined
    await environment.advance(1_100)
    expect(done).toEqual([1])
    await relay.close()
  })

  it('I7: waits before it appends again what the log did not take', async () => {
    const { environment, relay, settings, appended, done } = createWorld(entries(2, 'a'))
    settings.folds = () => true
    settings.failure = new Error('the log is gone')
    await environment.advance(MINUTE_MS - 1)
    expect(appended).toHaveLength(12)
    settings.failure = undefined
    await environment.advance(5_100)
    expect(done).toEqual([1, 2])
    await relay.close()
    expect(environment.timers).toBe(0)
  })
})
