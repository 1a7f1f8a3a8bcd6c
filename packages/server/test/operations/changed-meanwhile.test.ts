import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SERVER } from '../../src/operations/actor.js'
import { createWorld, type World } from '../gateway/world.js'

const alice = { kind: 'user', userId: 'alice' } as const

let world: World
beforeEach(async () => {
  world = await createWorld()
  await world.members('general', 'alice', 'bob', 'carol')
  await world.join('general', 'alice', { role: 'admin' })
})
afterEach(() => world.close())

/** What happens once, before the next change of a member is decided: the change has been judged by what is kept. */
function beforeDeciding(
  name: 'setMember' | 'removeMember' | 'setWorkspaceMember',
  happens: () => Promise<unknown>,
): void {
  const { port } = world.directory
  const decide = port[name] as (change: unknown) => Promise<unknown>
  Object.assign(port, {
    [name]: async (change: unknown) => {
      Object.assign(port, { [name]: decide })
      await happens()
      return decide(change)
    },
  })
}
/** The error that comes of it, once that and whatever happens meanwhile has settled. */
const refusal = (work: Promise<unknown>) => world.finish(work.catch((error: unknown) => error))
const roleOf = async (userId: string) =>
  (await world.directory.port.membership('general', userId))?.role
const made = (userId: string, role: 'owner' | 'member') => () =>
  world.join('general', userId, { role })

describe('a member who is changed while they are changed elsewhere', () => {
  it('keeps the role that they were given meanwhile, where none is named', async () => {
    beforeDeciding('setMember', made('bob', 'owner'))
    const { role } = await world.finish(
      world.core.channels.putMember(SERVER, 'general', 'bob', { visibleFromSeq: 3 }),
    )
    expect([role, await roleOf('bob')]).toEqual(['owner', 'owner'])
  })

  it('I8: is not changed, nor removed, by who is below them by now', async () => {
    beforeDeciding('setMember', made('bob', 'owner'))
    const demoting = world.core.channels.putMember(alice, 'general', 'bob', { role: 'read_only' })
    expect(await refusal(demoting)).toMatchObject({ code: 'forbidden' })
    beforeDeciding('removeMember', made('carol', 'owner'))
    const removing = world.core.channels.removeMember(alice, 'general', 'carol', false)
    expect(await refusal(removing)).toMatchObject({ code: 'forbidden' })
    expect([await roleOf('bob'), await roleOf('carol')]).toEqual(['owner', 'owner'])
  })

  it('I8: is not changed by who may change nobody any more', async () => {
    beforeDeciding('setMember', made('alice', 'member'))
    const promoting = world.core.channels.putMember(alice, 'general', 'bob', { role: 'admin' })
    expect(await refusal(promoting)).toMatchObject({ code: 'forbidden' })
    expect(await roleOf('bob')).toBe('member')
  })

  it('keeps the role in the workspace that they were given meanwhile, where none is named', async () => {
    const { workspaces } = world.core
    beforeDeciding('setWorkspaceMember', () => workspaces.putMember(SERVER, 'w1', 'bob', 'admin'))
    const put = await world.finish(workspaces.putMember(SERVER, 'w1', 'bob'))
    expect(put.role).toBe('admin')
    expect(await world.directory.port.workspaceMember('w1', 'bob')).toMatchObject({ role: 'admin' })
  })
})
