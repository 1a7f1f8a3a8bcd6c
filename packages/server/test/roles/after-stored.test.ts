import type { ChannelEvent } from '@tidings/protocol'
import { expect, it } from 'vitest'
import { createMetrics, sequencingMetrics } from '../../src/observe/metrics.js'
import { createWorld } from '../gateway/world.js'
import { told } from '../support/metrics.js'

it('I7: of what waits for a slow afterStored the oldest events are left out, reported and counted', async () => {
  const metrics = createMetrics()
  const seen: (readonly ChannelEvent[])[] = []
  const gate = Promise.withResolvers<void>()
  const world = await createWorld({
    core: {
      ...sequencingMetrics(metrics),
      hooks: {
        async afterStored(events) {
          seen.push(events)
          await gate.promise
        },
      },
    },
  })
  await world.members('general', 'alice')
  const alice = await world.connect('alice')
  // what is sent in one turn is stored, and told of, together
  for (let i = 0; i < 110; i++) {
    for (let j = 0; j < 100; j++) alice.say(world.command('general'))
    await world.environment.settle()
    await world.environment.advance(1_000)
  }
  expect(alice.received('message.ack')).toHaveLength(11_000)
  const names = ['after_stored_skipped_total'] as const
  const { after_stored_skipped_total: skipped = 0 } = await told(metrics, ...names)
  expect(skipped).toBeGreaterThan(900)
  expect(skipped).toBeLessThan(1_100)
  expect(world.troubles).toContainEqual([
    'hook afterStored',
    expect.objectContaining({ message: expect.stringContaining('too slow') }),
  ])
  gate.resolve()
  await world.environment.settle()
  const seqs = seen.flat().map(({ channel_seq }) => channel_seq)
  expect(seqs).toHaveLength(11_001 - skipped)
  expect(seqs.at(-1)).toBe(11_001)
  expect(seqs).toEqual(seqs.toSorted((a, b) => a - b))
  await world.close()
})
