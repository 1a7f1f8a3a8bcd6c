import { describe, expect, it } from 'vitest'
import { createWorld, member } from './world.js'

describe('a hook that takes its time', () => {
  it.each(['authorize', 'beforeAccept'] as const)(
    'R13: [P-47] who was removed while %s thought is refused, and who was demoted may no more than that',
    async (hook) => {
      const answers = { authorize: true, beforeAccept: { allow: true } } as const
      const changes = {
        alice: [],
        bob: [member('bob', { role: 'read_only', version: 4 })],
      }
      for (const userId of ['alice', 'bob'] as const) {
        const asked = Promise.withResolvers<void>()
        const thought = Promise.withResolvers<never>()
        const world = createWorld({
          hooks: {
            [hook]: () => {
              asked.resolve()
              return thought.promise
            },
          },
        })
        const sending = world.submitOne(world.send(), { userId })
        await asked.promise
        const at = world.members.findIndex((one) => one.userId === userId)
        world.members.splice(at, 1, ...changes[userId])
        thought.resolve(answers[hook] as never)
        expect(await sending).toMatchObject({
          status: 'refused',
          code: userId === 'alice' ? 'channel_not_found' : 'forbidden',
        })
        expect(world.appended).toEqual([])
      }
    },
  )
})
