import { expect, it } from 'vitest'
import { createMemoryCommandLog } from '../../src/adapters/memory/command-log.js'
import { createMemoryMessageStore } from '../../src/adapters/memory/message-store.js'
import { createMemoryPushBus } from '../../src/adapters/memory/push.js'
import { createMemoryRoutes } from '../../src/adapters/memory/routes.js'
import { createSequencing } from '../../src/roles/sequencing.js'
import { send } from '../sequencer/world.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

/** Reading the log begins at once, and has begun for who asked for it when `joined` resolves. */
function made(joined?: Promise<void>) {
  const environment = createVirtualEnvironment()
  const log = createMemoryCommandLog({ environment })
  const store = createMemoryMessageStore()
  const troubles: unknown[] = []
  let away = false
  let reads = 0
  let readers = 0
  const sequencing = createSequencing(
    {
      environment,
      log: {
        ...log,
        async read(reader) {
          reads += 1
          if (away) throw new Error('the group cannot be joined')
          const subscription = await log.read(reader)
          readers += 1
          await joined
          return {
            async close() {
              readers -= 1
              await subscription.close()
            },
          }
        },
      },
      store,
      bus: createMemoryPushBus(),
      routes: createMemoryRoutes(),
    },
    { onTrouble: (where, error) => where === 'log' && troubles.push(String(error)) },
  )
  return {
    environment,
    sequencing,
    troubles,
    setAway(is: boolean) {
      away = is
    },
    reads: () => reads,
    readers: () => readers,
    async numbered(text: string) {
      await log.append([send(text)])
      await environment.settle()
      const [head] = await store.heads(['general'])
      return head?.headSeq ?? 0
    },
    async end() {
      const ended = sequencing.close().then(() => log.close())
      await environment.settle()
      await ended
    },
  }
}

async function started() {
  const world = made()
  await world.sequencing.start()
  return world
}

it('R8: asked while it begins to take part, it folds again as soon as it does', async () => {
  const joined = Promise.withResolvers<void>()
  const world = made(joined.promise)
  const { environment, sequencing } = world
  const starting = sequencing.start()
  await environment.settle()
  expect(await world.numbered('one')).toBe(1)
  let again = false
  const folding = sequencing.foldAgain().then(() => {
    again = true
  })
  await environment.settle()
  expect([again, world.reads()]).toEqual([false, 1])
  joined.resolve()
  await starting
  await environment.settle()
  await folding
  expect([world.reads(), world.readers()]).toEqual([2, 1])
  expect(await world.numbered('two')).toBe(2)
  await world.end()
  expect(world.readers()).toBe(0)
})

it('who asks while it begins in vain is not kept waiting, and it is not tried again', async () => {
  const world = made()
  world.setAway(true)
  const starting = world.sequencing.start()
  const folding = world.sequencing.foldAgain()
  await expect(starting).rejects.toThrow('the group cannot be joined')
  await folding
  expect(world.reads()).toBe(1)
  await world.end()
})

it('who is closed while it begins to take part leaves', async () => {
  const joined = Promise.withResolvers<void>()
  const world = made(joined.promise)
  const starting = world.sequencing.start()
  await world.environment.settle()
  const ended = world.end()
  joined.resolve()
  await starting
  await ended
  expect([world.reads(), world.readers()]).toEqual([1, 0])
})

it('R8: who folds again tries to take part until it does, and says meanwhile that nothing is sequenced', async () => {
  const world = await started()
  const { environment, sequencing, troubles } = world
  expect(await world.numbered('one')).toBe(1)
  await sequencing.check()
  world.setAway(true)
  const folding = sequencing.foldAgain()
  await environment.settle()
  expect(await world.numbered('two')).toBe(1)
  await expect(sequencing.check()).rejects.toThrow(
    'nothing is sequenced here: the group cannot be joined',
  )
  await environment.advance(60_000)
  expect(world.reads()).toBeGreaterThan(5)
  expect(world.reads()).toBeLessThan(200)
  expect(troubles).toHaveLength(world.reads() - 1)
  expect(troubles.at(-1)).toBe('Error: the group cannot be joined')
  world.setAway(false)
  await environment.advance(5_000)
  await folding
  await sequencing.check()
  expect(world.readers()).toBe(1)
  expect(await world.numbered('three')).toBe(3)
  await world.end()
  expect(world.readers()).toBe(0)
})

it('who is closed while it cannot take part tries no more, and is not waited for', async () => {
  const world = await started()
  world.setAway(true)
  const folding = world.sequencing.foldAgain()
  await world.environment.settle()
  const tried = world.reads()
  world.setAway(false)
  await world.sequencing.close()
  await folding
  expect([world.reads(), world.readers()]).toEqual([tried, 0])
})

it('I7: asked again and again while it folds again, it does so once more', async () => {
  const world = await started()
  world.setAway(true)
  const asked = Array.from({ length: 100 }, () => world.sequencing.foldAgain())
  await world.environment.settle()
  world.setAway(false)
  await world.environment.advance(5_000)
  const tried = world.reads()
  asked.push(...Array.from({ length: 100 }, () => world.sequencing.foldAgain()))
  await world.environment.settle()
  await Promise.all(asked)
  expect(world.reads() - tried).toBeLessThanOrEqual(2)
  expect(world.readers()).toBe(1)
  await world.end()
})
