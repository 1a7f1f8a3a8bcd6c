import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SERVER } from '../../src/operations/actor.js'
import { createWorld, type World } from '../gateway/world.js'

const user = (userId: string) => ({ kind: 'user', userId }) as const

let world: World
let confirmed: string[]
let unreachable: boolean
beforeEach(async () => {
  world = await createWorld()
  confirmed = []
  unreachable = false
  const { living, confirmRemoval } = world.bus.port
  Object.assign(world.bus.port, {
    async living() {
      if (unreachable) throw new Error('nobody knows who lives')
      return living()
    },
    async confirmRemoval(...[processId, removal]: Parameters<typeof confirmRemoval>) {
      await confirmRemoval(processId, removal)
      confirmed.push(`${removal.userId} in ${removal.channelId}`)
    },
  })
  await world.members('private-1', 'alice', 'bob')
})
afterEach(() => world.close())

const outcome = (work: Promise<unknown>) => world.finish(work.catch((error: unknown) => error))
const fromChannel = (userId = 'bob', channelId = 'private-1') =>
  outcome(world.core.channels.removeMember(user(userId), channelId, userId, false))
const fromWorkspace = (userId = 'bob', workspaceId = 'w1') =>
  outcome(world.core.workspaces.removeMember(user(userId), workspaceId, userId))

describe.each([
  ['a channel', fromChannel],
  ['a workspace', fromWorkspace],
])('who leaves %s', (_, leave) => {
  it('R13: is answered when that is confirmed, however often they have to ask', async () => {
    unreachable = true
    for (let i = 0; i < 2; i++) {
      expect(await leave()).toMatchObject({ code: 'unavailable' })
      expect(confirmed).toEqual([])
    }
    unreachable = false
    expect(await leave()).toBeUndefined()
    expect(confirmed).toEqual(['bob in private-1'])
  })
})

describe('who was removed', () => {
  it('I8: may ask for their own leaving too, and is not let in by it', async () => {
    await world.remove('private-1', 'bob', true)
    expect(await fromChannel()).toBeUndefined()
    expect(await world.directory.port.isBanned('private-1', 'bob')).toBe(true)
    await world.finish(world.core.workspaces.removeMember(SERVER, 'w1', 'bob'))
    expect(await fromWorkspace()).toBeUndefined()
    expect(await world.directory.port.membershipsOf('bob')).toEqual([])
  })
})

describe('who never was a member', () => {
  it('I8: is answered as if nothing were there, banned or not', async () => {
    const nowhere = await fromChannel('carol', 'nowhere')
    expect(nowhere).toMatchObject({ code: 'channel_not_found' })
    expect(await fromChannel('carol')).toEqual(nowhere)
    await world.remove('private-1', 'carol', true)
    confirmed = []
    expect(await fromChannel('carol')).toEqual(nowhere)
    const noWorkspace = await fromWorkspace('carol', 'nowhere')
    expect(noWorkspace).toMatchObject({ code: 'not_found' })
    expect(await fromWorkspace('carol')).toEqual(noWorkspace)
    expect(confirmed).toEqual([])
  })
})
