import { expect, it } from 'vitest'
import { createMemoryCommandLog } from '../../src/adapters/memory/command-log.js'
import { createMetrics } from '../../src/observe/metrics.js'
import { SERVER } from '../../src/operations/actor.js'
import { operationErrorOf } from '../../src/operations/errors.js'
import { createWorld } from '../gateway/world.js'
import { told } from '../support/metrics.js'

it('I7: a change that is made while the log is away is told as made, to be asked for again, and comes later', async () => {
  const metrics = createMetrics()
  let isAway = false
  const world = await createWorld({
    core: { onChangesGivenUp: (changes, why) => metrics.changesGivenUp.inc({ why }, changes) },
    ports(environment) {
      const log = createMemoryCommandLog({ environment })
      const append: typeof log.append = (commands) =>
        isAway ? Promise.reject(new Error('the log is away')) : log.append(commands)
      return { log: { ...log, append } }
    },
  })
  await world.members('general', 'alice')
  isAway = true
  const added = world.core.channels
    .putMember(SERVER, 'general', 'bob', { role: 'member' })
    .then(() => undefined, operationErrorOf)
  await world.environment.advance(30_500)
  expect(await added).toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('The change was made'),
    retryAfterMs: 1_000,
    outcome: 'unknown',
  })
  const late = 'changes_given_up_total{why="late"}'
  expect(await told(metrics, late)).toEqual({ [late]: 1 })
  await world.finish(world.core.channels.putMember(SERVER, 'general', 'bob', { role: 'member' }))
  const alice = await world.connect('alice')
  expect(alice.received('member.joined')).toEqual([])
  isAway = false
  await world.environment.advance(6_000)
  expect(alice.received('member.joined')).toMatchObject([{ user_id: 'bob' }])
  await world.close()
})
