import { expect, it } from 'vitest'
import { SERVER } from '../../src/operations/actor.js'
import type { CommandDraft } from '../../src/operations/messages.js'
import { createWorld } from '../gateway/world.js'

it('a request whose answer is lost gets `unavailable` when the server closes, and leaves no timer behind', async () => {
  const world = await createWorld()
  await world.members('general', 'alice')
  world.bus.dropsAnswers = true
  const draft = { type: 'message.send', channel_id: 'general', text: 'hello' } as CommandDraft
  const ended = world.core.messages
    .submit(SERVER, 'alice', draft, { requestId: 'r1' })
    .catch((error: unknown) => error)
  await world.environment.settle()
  // the world's own close looks at the timers
  await world.close()
  expect(await ended).toMatchObject({ code: 'unavailable', outcome: 'unknown' })
})
