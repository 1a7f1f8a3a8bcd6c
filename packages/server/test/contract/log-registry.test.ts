import { describe, it } from 'vitest'
import { createMemoryLogRegistry } from '../../src/adapters/memory/log-registry.js'
import {
  type LogRegistryHarness,
  logRegistryContract,
} from '../../src/ports/contract/log-registry.js'
import type { LogGeneration, LogRegistry } from '../../src/ports/log-registry.js'
import { refuses } from './refused.js'

interface Broken {
  readonly wrap?: (right: LogRegistry) => LogRegistry
  /** True: nothing outlives the processes. */
  readonly forgets?: boolean
}

/** Over one place; each process sees it through what is wrong with it. */
const harness =
  ({ wrap = (right) => right, forgets = false }: Broken = {}) =>
  async (): Promise<LogRegistryHarness> => {
    const right = createMemoryLogRegistry()
    return {
      open: async () => wrap(right),
      restart: async () => wrap(forgets ? createMemoryLogRegistry() : right),
      close: async () => undefined,
    }
  }

const currentOf = async (registry: LogRegistry, generation: number) =>
  (await registry.read()).find((record) => record.generation === generation)

/** Puts whatever was seen. */
const force = async (registry: LogRegistry, next: LogGeneration) =>
  registry.put(await currentOf(registry, next.generation), next)

interface Wrong extends Broken {
  readonly fails: RegExp
}

/** Each breaks one MUST of the port, and only that. */
const WRONG: Readonly<Record<string, Wrong>> = {
  'replaces whatever is there': {
    wrap: (right) => ({ read: right.read, put: (_, next) => force(right, next) }),
    fails: /^a record is replaced only while/,
  },
  'adds where there is one': {
    wrap: (right) => ({
      read: right.read,
      put: (seen, next) => (seen === undefined ? force(right, next) : right.put(seen, next)),
    }),
    fails: /^a record is added only where/,
  },
  'adds what is to be replaced': {
    wrap: (right) => ({
      read: right.read,
      put: async (seen, next) =>
        (await right.put(seen, next)) ||
        ((await currentOf(right, next.generation)) === undefined && right.put(undefined, next)),
    }),
    fails: /^nothing is replaced that is not there/,
  },
  'looks first and writes later': {
    wrap: (right) => ({
      read: right.read,
      async put(seen, next) {
        const current = await currentOf(right, next.generation)
        if (JSON.stringify(current) !== JSON.stringify(seen)) return false
        await new Promise((resolve) => setImmediate(resolve))
        await force(right, next)
        return true
      },
    }),
    fails: /^of several that saw the same at once/,
  },
  'compares the status alone': {
    wrap: (right) => ({
      read: right.read,
      async put(seen, next) {
        const current = await currentOf(right, next.generation)
        return current?.status === seen?.status && right.put(current, next)
      },
    }),
    fails: /^a record is replaced only while it is as it was seen, to the last field/,
  },
  'says that it has applied what it has not': {
    wrap: (right) => ({
      read: right.read,
      put: async (seen, next) => (await right.put(seen, next)) || seen !== undefined,
    }),
    fails: /^(a record is replaced only|of several that saw)/,
  },
  'answers before it has applied': {
    wrap: (right) => ({
      read: right.read,
      async put(seen, next) {
        const current = await currentOf(right, next.generation)
        setImmediate(() => void right.put(seen, next))
        return JSON.stringify(current) === JSON.stringify(seen)
      },
    }),
    fails: /^R11: a record is there, for every process/,
  },
  'reads in the order of the names': {
    wrap: (right) => ({
      put: right.put,
      read: async () =>
        [...(await right.read())].sort((a, b) => (`${a.generation}` < `${b.generation}` ? -1 : 1)),
    }),
    fails: /^R10: records are read in the order/,
  },
  'loses where the seals are': {
    wrap: (right) => ({
      put: right.put,
      read: async () => (await right.read()).map(({ seals: _, ...record }) => record),
    }),
    fails: /^R11: a record is there, for every process and as it was put/,
  },
  'keeps in each process what it has read once': {
    wrap: (right) => {
      let kept: readonly LogGeneration[] | undefined
      return {
        read: async () => (kept ??= await right.read()),
        async put(seen, next) {
          kept = undefined
          return right.put(seen, next)
        },
      }
    },
    fails: /^R11: a record is there, for every process/,
  },
  'keeps one record, of the newest generation': {
    wrap: (right) => ({ put: right.put, read: async () => (await right.read()).slice(-1) }),
    fails: /^a record changes alone/,
  },
  'forgets at a crash what was put': {
    forgets: true,
    fails: /^R10, R11: what was put outlives/,
  },
}

logRegistryContract('the registry in memory', harness(), { describe, it })

refuses('a registry of logs that', WRONG, (wrong, name) => (runner) => {
  logRegistryContract(name, harness(wrong), runner)
})
