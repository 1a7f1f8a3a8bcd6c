import { describe, it } from 'vitest'
import { createMemoryProcesses } from '../../src/adapters/memory/processes.js'
import { processesContract } from '../../src/ports/contract/processes.js'

processesContract(
  'the processes in memory',
  async () => {
    let now = 0
    const processes = createMemoryProcesses({ environment: { monotonicNow: () => now } })
    return {
      processes,
      open: async () => processes,
      endLeases: async () => {
        now += 10_000
      },
      close: async () => undefined,
    }
  },
  { describe, it },
)
