import { expect, it } from 'vitest'
import { createKafkaCommandLog } from '../../src/adapters/kafka/command-log.js'
import { aborted } from '../../src/environment/aborted.js'
import type { Assignment } from '../../src/ports/command-log.js'
import { command } from '../../src/ports/contract/log-support.js'
import { useService } from '../services/use-service.js'
import { until } from '../support/wait.js'
import { testOptions } from './harness.js'

const { brokers } = await useService('kafka')

/** Below the time in which the group takes a member for dead, as there are no heartbeats in it. */
const FETCH_WAIT_MS = 8_000
const SESSION_TIMEOUT_MS = 12_000

it('whoever takes partitions over reads them at once, however long a fetch may take that finds nothing', async () => {
  const log = await createKafkaCommandLog({
    ...testOptions(brokers),
    partitions: 2,
    maxFetchWaitMs: FETCH_WAIT_MS,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
  })
  const readAtMs: number[] = []
  const reader = {
    async run(assignment: Assignment) {
      const records = await assignment.next(10)
      if (records.length > 0) readAtMs.push(performance.now())
      await aborted(assignment.signal)
    },
  }
  try {
    const channelIds = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    await log.append(channelIds.map((channelId) => command(channelId)))
    await log.read(reader)
    const joinedMs = performance.now()
    await until('both partitions to be read', () => readAtMs.length === 2)
    expect(Math.max(...readAtMs) - joinedMs).toBeLessThan(0.75 * FETCH_WAIT_MS)
  } finally {
    await log.close()
  }
})
