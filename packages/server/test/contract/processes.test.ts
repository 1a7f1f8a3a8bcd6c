import { describe, expect, it } from 'vitest'
import { createMemoryProcesses } from '../../src/adapters/memory/processes.js'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createEitherProcesses } from '../../src/adapters/processes/either.js'
import { type ProcessesHarness, processesContract } from '../../src/ports/contract/processes.js'
import type { ProcessEntry, Processes } from '../../src/ports/processes.js'
import { refuses } from './refused.js'

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

  it('R13: who has left is not listed again by a renewal that one engine is late with', async () => {
    const [one, other] = [1, 2].map(() => createMemoryProcesses({ environment: nodeEnvironment }))
    const late = Promise.withResolvers<void>()
    const slow: Processes = {
      ...(other as Processes),
      renew: (renewed) => late.promise.then(() => (other as Processes).renew(renewed)),
    }
    const processes = createEitherProcesses(one as Processes, slow, {
      environment: nodeEnvironment,
    })
    await processes.renew(entry)
    const left = processes.leave('p1')
    late.resolve()
    await left
    expect(await processes.list()).toEqual({ entries: [], complete: true })
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

const LEASE_MS = 10_000

/** A list over an engine that can lose its data and go away, perhaps with something broken around it. */
const engineHarness =
  (wrap: (right: Processes) => Processes = (right) => right) =>
  async (): Promise<ProcessesHarness> => {
    let now = 0
    let away = false
    let completeFrom = 0
    const newList = () =>
      createMemoryProcesses({ environment: { monotonicNow: () => now }, leaseMs: LEASE_MS })
    let list = newList()
    const whenThere = async <T>(call: () => Promise<T>): Promise<T> => {
      if (away) throw new Error('connection refused')
      return call()
    }
    const right: Processes = {
      renew: (entry) => whenThere(() => list.renew(entry)),
      leave: (processId) => whenThere(() => list.leave(processId)),
      list: () =>
        whenThere(async () => ({
          entries: (await list.list()).entries,
          complete: now >= completeFrom,
        })),
    }
    return {
      processes: wrap(right),
      open: async () => wrap(right),
      async endLeases() {
        now += LEASE_MS
      },
      async empty() {
        list = newList()
        completeFrom = now + LEASE_MS
      },
      async breakEngine() {
        away = true
      },
      close: async () => undefined,
    }
  }

processesContract('a list on an engine', engineHarness(), { describe, it })

interface Wrong {
  readonly wrap: (right: Processes) => Processes
  readonly fails: RegExp
}

/** Each breaks one MUST of the port, and only that. */
const WRONG: Readonly<Record<string, Wrong>> = {
  'enters a process some time after renew': {
    wrap: (right) => ({
      ...right,
      async renew(entry) {
        setImmediate(() => void right.renew(entry).catch(() => undefined))
        return { leaseMs: LEASE_MS }
      },
    }),
    fails: /^R13: a process is listed with its address when renew resolves/,
  },
  'lists a process once for each of its connections': {
    wrap: (right) => ({
      ...right,
      async list() {
        const { entries, complete } = await right.list()
        return { entries: entries.flatMap((entry) => [entry, entry]), complete }
      },
    }),
    fails: /for every process, once$/,
  },
  'knows in each process only its own': {
    wrap: (right) => {
      const own = new Set<string>()
      return {
        ...right,
        renew(entry) {
          own.add(entry.processId)
          return right.renew(entry)
        },
        async list() {
          const { entries, complete } = await right.list()
          return { entries: entries.filter((entry) => own.has(entry.processId)), complete }
        },
      }
    },
    fails: /^R13: a process is listed with its address .* for every process/,
  },
  'cuts the address at the first colon': {
    wrap: (right) => ({
      ...right,
      renew: ({ processId, address }) =>
        right.renew({ processId, address: address.split(':').slice(0, 2).join(':') }),
    }),
    fails: /^R13: a process is listed with its address/,
  },
  'lists who has left until the lease is over': {
    wrap: (right) => ({ ...right, leave: async () => undefined }),
    fails: /^a process that left is listed no more/,
  },
  'throws when somebody leaves who is not there': {
    wrap: (right) => ({
      ...right,
      async leave(processId) {
        const { entries } = await right.list()
        if (!entries.some((entry) => entry.processId === processId)) throw new Error('who?')
        await right.leave(processId)
      },
    }),
    fails: /leaving twice is nothing$/,
  },
  'lists whose lease is over': {
    wrap: (right) => {
      const known = new Map<string, ProcessEntry>()
      return {
        renew(entry) {
          known.set(entry.processId, entry)
          return right.renew(entry)
        },
        leave(processId) {
          known.delete(processId)
          return right.leave(processId)
        },
        list: async () => ({ ...(await right.list()), entries: [...known.values()] }),
      }
    },
    fails: /^R13: a process is listed until its lease is over, and not longer/,
  },
  'never lists again whose lease was over once': {
    wrap: (right) => {
      const known = new Set<string>()
      const over = new Set<string>()
      return {
        ...right,
        async renew(entry) {
          known.add(entry.processId)
          return right.renew(entry)
        },
        async list() {
          const { entries, complete } = await right.list()
          const listed = entries.filter((entry) => !over.has(entry.processId))
          const living = new Set(entries.map((entry) => entry.processId))
          for (const id of known) if (!living.has(id)) over.add(id)
          return { entries: listed, complete }
        },
      }
    },
    fails: /a new lease lists it again$/,
  },
  'calls an empty engine complete': {
    wrap: (right) => ({
      ...right,
      list: async () => ({ ...(await right.list()), complete: true }),
    }),
    fails: /^R13: after its data was lost/,
  },
  'never calls a list complete': {
    wrap: (right) => ({
      ...right,
      list: async () => ({ ...(await right.list()), complete: false }),
    }),
    fails: /^R13: after its data was lost a list is not complete until/,
  },
  'lists nobody while its engine is away': {
    wrap: (right) => ({
      ...right,
      list: () => right.list().catch(() => ({ entries: [], complete: true })),
    }),
    fails: /^rejects when its engine does not answer/,
  },
  'grants leases while its engine is away': {
    wrap: (right) => ({
      ...right,
      renew: (entry) => right.renew(entry).catch(() => ({ leaseMs: LEASE_MS })),
    }),
    fails: /^rejects when its engine does not answer/,
  },
}

refuses('a list of processes that', WRONG, ({ wrap }, name) => (runner) => {
  processesContract(name, engineHarness(wrap), runner)
})
