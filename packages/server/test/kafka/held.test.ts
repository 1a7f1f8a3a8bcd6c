import { describe, expect, it } from 'vitest'
import { createKafkaCommandLog } from '../../src/adapters/kafka/command-log.js'
import { aborted } from '../../src/environment/aborted.js'
import { useService } from '../services/use-service.js'
import { until } from '../support/wait.js'
import { testOptions } from './harness.js'

const { brokers } = await useService('kafka')

const PATIENCE_MS = 40_000
const BATCH_MS = 600

describe('which partitions a process reads', { timeout: 60_000 }, () => {
  it('R1: is told as the group gives them away, and that they are over', async () => {
    const options = testOptions(brokers)
    const held = { first: [] as string[], second: [] as string[] }
    const open = (name: keyof typeof held) =>
      createKafkaCommandLog({
        ...options,
        onHeld: (generation, partitions) =>
          held[name].push(`${generation}: ${[...partitions].sort().join(' ')}`),
      })
    const reader = {
      async run({ signal }: { readonly signal: AbortSignal }) {
        await aborted(signal)
        // a batch in hand: several heartbeats go by
        await new Promise((resolve) => setTimeout(resolve, BATCH_MS))
      },
    }
    const [first, second] = [await open('first'), await open('second')]
    try {
      const reading = await first.read(reader)
      expect(held.first).toEqual(['1: 0 1 2 3'])
      await second.read(reader)
      const shared = () => held.first.length === 3 && held.second.length === 1
      await until('both to hold some', shared, PATIENCE_MS)
      expect(held.first[1]).toBe('1: ')
      const each = [held.first[2], held.second[0]].map((told) => told?.split(' ').slice(1))
      expect(each.map((partitions) => partitions?.length)).toEqual([2, 2])
      expect(each.flat().sort()).toEqual(['0', '1', '2', '3'])
      await reading.close()
      await until('the other to hold all', () => held.second.at(-1) === '1: 0 1 2 3', PATIENCE_MS)
      // it left, and did not join once more to do so
      expect(held.first.slice(3)).toEqual(['1: '])
    } finally {
      await Promise.all([first.close(), second.close()])
    }
  })
})
