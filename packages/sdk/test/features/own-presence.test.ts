import { describe, expect, it } from 'vitest'
import { presence } from '../../src/features/presence/index.js'
import { NOTHING, over } from '../client/set-up.js'
import { setUp } from './presence-set-up.js'

describe('presence of this user', () => {
  it('is away after 5 minutes without activity, and online with the next', async () => {
    let active = (): void => {}
    let ended = 0
    const { world, api, client, page, heard } = await setUp(
      {},
      {
        watchActivity: (listener) => {
          active = listener
          return () => {
            ended += 1
          }
        },
      },
    )
    await world.advance(299_000)
    active()
    await world.advance(299_000)
    expect(await heard()).toEqual([])
    expect(api.own.getSnapshot()).toBe('online')
    await world.advance(1_000)
    expect(await heard()).toEqual(['set {"status":"away"}'])
    expect(api.own.getSnapshot()).toBe('away')
    await world.advance(600_000)
    active()
    active()
    expect(await heard()).toEqual(['set {"status":"online"}'])
    await over(world, client.close())
    await world.advance(5)
    expect(ended).toBe(1)
    active()
    expect(page.open()).toEqual(NOTHING)
  })

  it('is as the application says until it says otherwise, and said again on each connection', async () => {
    const { api, heard, reconnect } = await setUp()
    api.set('away')
    api.set('away')
    expect(await heard()).toEqual(['set {"status":"away"}'])
    await reconnect()
    expect(await heard()).toEqual(['set {"status":"away"}'])
    await reconnect(() => api.set('auto'))
    expect(await heard()).toEqual([])
    expect(api.own.getSnapshot()).toBe('online')
  })

  it('is never away by itself where nothing tells of activity', async () => {
    const { world, heard, page, api } = await setUp()
    const { timers } = page.open()
    await world.advance(3_600_000)
    expect(await heard()).toEqual([])
    expect(page.open().timers).toBe(timers)
    api.active()
    await world.advance(300_000)
    expect(await heard()).toEqual(['set {"status":"away"}'])
  })

  it('refuses a time that is none, and takes one without end', async () => {
    expect(() => presence({ awayAfterMs: -1 })).toThrow('awayAfterMs')
    const { world, api, heard } = await setUp({}, { awayAfterMs: Number.POSITIVE_INFINITY })
    api.active()
    await world.advance(10_000_000)
    expect(await heard()).toEqual([])
  })

  it('leaves no timer and no listener when the client is closed (I9)', async () => {
    const { world, client, page, general, answers, api } = await setUp()
    answers.take = () => {}
    general.subscribe(() => {})
    general.name(['zoe'])
    api.active()
    await world.advance(5)
    await over(world, client.close())
    await world.advance(5)
    expect(page.open()).toEqual(NOTHING)
  })
})
