import { expect, it } from 'vitest'
import { createWorld } from '../gateway/world.js'

it('a process whose node number is not its own any more makes no ids, and still names its requests', async () => {
  let isHeld = true
  const lease = { node: 1, valid: () => isHeld, release: async () => {} }
  const world = await createWorld({ ports: () => ({ lease }) })
  isHeld = false
  const names = [world.core.nextRequestId(), world.core.nextRequestId()]
  expect(new Set(names).size).toBe(2)
  const alice = { kind: 'user', userId: 'alice' } as const
  await expect(world.core.workspaces.create(alice, 'Reading')).rejects.toMatchObject({
    code: 'unavailable',
    retryAfterMs: expect.any(Number),
  })
  await expect(
    world.finish(world.core.workspaces.list(alice, { limit: 10 })),
  ).resolves.toBeDefined()
  await world.close()
})
