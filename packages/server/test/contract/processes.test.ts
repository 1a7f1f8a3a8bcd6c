import { describe, expect, it } from 'vitest'
import { createMemoryProcesses } from '../../src/adapters/memory/processes.js'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createEitherProcesses } from '../../src/adapters/processes/either.js'
import { processesContract } from '../../src/ports/contract/processes.js'
import type { Processes } from '../../src/ports/processes.js'

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

processesContract(
  'either of two lists of processes',
  async () => {
    let now = 0
    const environment = { ...nodeEnvironment, monotonicNow: () => now }
    const lists = [createMemoryProcesses({ environment }), createMemoryProcesses({ environment })]
    const [one, other] = lists as [Processes, Processes]
    let away = false
    const engine = (processes: Processes): Processes => ({
      ...processes,
      renew: async (entry) => (away ? Promise.reject(new Error('away')) : processes.renew(entry)),
      list: async () => (away ? Promise.reject(new Error('away')) : processes.list()),
    })
    const processes = createEitherProcesses(engine(one), engine(other), { environment })
    return {
      processes,
      open: async () => processes,
      endLeases: async () => {
        now += 10_000
      },
      breakEngine: async () => {
        away = true
      },
      close: async () => undefined,
    }
  },
  { describe, it },
)

describe('either of two lists of processes', () => {
  const away: Processes = {
    renew: () => Promise.reject(new Error('away')),
    leave: () => Promise.reject(new Error('away')),
    list: () => Promise.reject(new Error('away')),
  }
  const entry = { processId: 'p1', address: 'a:1' }

  it('R13: grants a lease while one engine is away, and says that its list may lack somebody', async () => {
    for (const order of ['first', 'second']) {
      const there = createMemoryProcesses({ environment: nodeEnvironment })
      const both = order === 'first' ? ([away, there] as const) : ([there, away] as const)
      const processes = createEitherProcesses(...both, { environment: nodeEnvironment })
      expect(await processes.renew(entry)).toEqual({ leaseMs: 10_000 })
      expect(await processes.list()).toEqual({ entries: [entry], complete: false })
      await processes.leave('p1')
      expect(await processes.list()).toEqual({ entries: [], complete: false })
    }
  })

  it('R13: lists who holds a lease of only one engine, once both can be asked', async () => {
    const [one, other] = [1, 2].map(() => createMemoryProcesses({ environment: nodeEnvironment }))
    await createEitherProcesses(one as Processes, away, { environment: nodeEnvironment }).renew(
      entry,
    )
    const processes = createEitherProcesses(other as Processes, one as Processes, {
      environment: nodeEnvironment,
    })
    expect(await processes.list()).toEqual({ entries: [entry], complete: true })
  })

  it('goes without an engine that hangs', async () => {
    const hangs = { ...away, list: () => new Promise<never>(() => undefined) }
    const there = createMemoryProcesses({ environment: nodeEnvironment })
    const processes = createEitherProcesses(hangs, there, {
      environment: nodeEnvironment,
      listTimeoutMs: 10,
    })
    expect(await processes.list()).toEqual({ entries: [], complete: false })
  })
})
