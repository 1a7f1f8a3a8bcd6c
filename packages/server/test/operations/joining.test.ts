import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SERVER } from '../../src/operations/actor.js'
import { createWorld, type World } from '../gateway/world.js'

const bob = { kind: 'user', userId: 'bob' } as const

let world: World
beforeEach(async () => {
  world = await createWorld()
  await world.members('general', 'alice')
  await world.finish(world.core.workspaces.putMember(SERVER, 'w1', 'bob'))
})
afterEach(() => world.close())

/** What happens once, just after the directory has answered a question of that name. */
function after(
  name: 'isBanned' | 'channels' | 'workspaceMember',
  happens: () => Promise<unknown>,
): void {
  const port = world.directory.port
  const ask = port[name] as (...args: unknown[]) => Promise<unknown>
  Object.assign(port, {
    [name]: async (...args: unknown[]) => {
      const answer = await ask(...args)
      Object.assign(port, { [name]: ask })
      await happens()
      return answer
    },
  })
}
const removedFromWorkspace = () =>
  world.finish(world.core.workspaces.removeMember(SERVER, 'w1', 'bob'))
const bannedNow = () => world.remove('general', 'bob', true)
/** What comes of it, an error too, once it and whatever happens meanwhile has settled. */
async function outcome(work: Promise<unknown>): Promise<unknown> {
  let done = false
  const told = work.catch((error: unknown) => error).finally(() => (done = true))
  for (let turns = 0; !done && turns < 20; turns++) await world.environment.settle()
  return told
}
const channelsOfBob = async () => (await world.directory.port.membershipsOf('bob')).length

describe('who joins', () => {
  it('I8: while being removed from the workspace is no member when the removal is answered, nor later', async () => {
    after('isBanned', removedFromWorkspace)
    expect(await outcome(world.core.channels.join(bob, 'general'))).toMatchObject({
      code: 'channel_not_found',
    })
    expect(await channelsOfBob()).toBe(0)
  })

  it('I8: while being banned is not let in: that needs an admin', async () => {
    after('isBanned', bannedNow)
    expect(await outcome(world.core.channels.join(bob, 'general'))).toMatchObject({
      code: 'forbidden',
    })
    expect(await channelsOfBob()).toBe(0)
    expect((await world.join('general', 'bob')).role).toBe('member')
  })

  it('while an admin lets them in stays what the admin made them', async () => {
    after('isBanned', () => world.join('general', 'bob', { role: 'read_only' }))
    expect(await outcome(world.core.channels.join(bob, 'general'))).toMatchObject({
      role: 'read_only',
    })
  })

  it('I8: by an admin’s doing while being removed from the workspace is no member either', async () => {
    const alice = { kind: 'user', userId: 'alice' } as const
    await world.join('general', 'alice', { role: 'owner' })
    after('channels', removedFromWorkspace)
    const joining = world.core.channels.putMember(alice, 'general', 'bob', {})
    expect(await outcome(joining)).toMatchObject({ code: 'not_found' })
    expect(await channelsOfBob()).toBe(0)
  })

  it('I8: a direct channel while being removed from the workspace is in none', async () => {
    const opening = world.core.channels.openDirect(bob, 'w1', 'alice')
    after('workspaceMember', removedFromWorkspace)
    expect(await outcome(opening)).toMatchObject({
      code: 'not_found',
    })
    expect(await channelsOfBob()).toBe(0)
  })
})
