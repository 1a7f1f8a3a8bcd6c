import { describe, it } from 'vitest'
import { createMemoryStoredMarks } from '../../src/adapters/memory/stored-marks.js'
import {
  type StoredMarksHarness,
  storedMarksContract,
} from '../../src/ports/contract/stored-marks.js'
import { type LogPlace, type StoredMarks, StoreGoneBack } from '../../src/ports/stored-marks.js'
import { refuses } from './refused.js'

interface Broken {
  readonly wrap?: (right: StoredMarks, marks: Map<string, number>) => StoredMarks
  /** True: each process has marks of its own. */
  readonly alone?: boolean
  /** True: nothing outlives the processes. */
  readonly forgets?: boolean
}

/** Over one place; each process sees it through what is wrong with it. */
const harness =
  ({ wrap = (right) => right, alone = false, forgets = false }: Broken = {}) =>
  async (): Promise<StoredMarksHarness> => {
    const shared = new Map<string, number>()
    const over = (marks: Map<string, number>) => wrap(createMemoryStoredMarks(marks), marks)
    return {
      open: async () => over(alone ? new Map() : shared),
      restart: async () => over(forgets ? new Map() : shared),
      close: async () => undefined,
    }
  }

/** Another place is meant than is asked for. */
const elsewhere =
  (change: (place: LogPlace) => Partial<LogPlace>) =>
  (right: StoredMarks): StoredMarks => ({
    read: (place, options) => right.read({ ...place, ...change(place) }, options),
    raise: (to, from) => right.raise({ ...to, ...change(to) }, from),
  })

const keyOf = ({ generation, partition }: LogPlace) => `${generation} ${partition}`

interface Wrong extends Broken {
  readonly fails: RegExp
}

/** Each breaks one MUST of the port, and only that. */
const WRONG: Readonly<Record<string, Wrong>> = {
  'keep whatever comes last': {
    wrap: (right, marks) => ({
      read: right.read,
      async raise(to, from) {
        if ((await right.read(to)) >= from) marks.set(keyOf(to), to.offset)
        else throw new StoreGoneBack('lower')
      },
    }),
    fails: /^I5: a mark that comes late/,
  },
  'compare offsets as text': {
    wrap: (right) => ({
      read: right.read,
      async raise(to, from) {
        if (from > 0 && String(to.offset) < String(await right.read(to))) return
        await right.raise(to, from)
      },
    }),
    fails: /^R8: a mark is there, for every process/,
  },
  'have one mark for all generations': {
    wrap: elsewhere(() => ({ generation: 1 })),
    fails: /^R8, R10: the marks of each partition/,
  },
  'have one mark for all partitions': {
    wrap: elsewhere(() => ({ partition: 0 })),
    fails: /^R8, R10: the marks of each partition/,
  },
  'do not look at what is there': {
    wrap: (right) => ({ read: right.read, raise: (to) => right.raise(to, 0) }),
    fails: /^R8: who has seen a higher mark/,
  },
  'take a mark that is not there for any mark': {
    wrap: (right) => ({
      read: right.read,
      raise: async (to, from) => right.raise(to, (await right.read(to)) === 0 ? 0 : from),
    }),
    fails: /^R8: who has seen a higher mark/,
  },
  'tell that the store has gone back when they have raised the mark': {
    wrap: (right) => ({
      read: right.read,
      async raise(to, from) {
        const mark = await right.read(to)
        await right.raise(to, 0)
        if (mark < from) throw new StoreGoneBack('lower')
      },
    }),
    fails: /^R8: who has seen a higher mark/,
  },
  'take every other mark for a loss': {
    wrap: (right) => ({
      read: right.read,
      async raise(to, from) {
        if ((await right.read(to)) !== from) throw new StoreGoneBack('other')
        await right.raise(to, from)
      },
    }),
    fails: /^R8: who has seen a lower mark/,
  },
  'look first and write later': {
    wrap: (right, marks) => ({
      read: right.read,
      async raise(to, from) {
        const mark = await right.read(to)
        if (mark < from) throw new StoreGoneBack('lower')
        await new Promise((resolve) => setImmediate(resolve))
        marks.set(keyOf(to), Math.max(mark, to.offset))
      },
    }),
    fails: /^R2: a mark may be raised again/,
  },
  'answer before they have raised it': {
    wrap: (right) => ({
      read: right.read,
      async raise(to, from) {
        setImmediate(() => void right.raise(to, from).catch(() => undefined))
      },
    }),
    fails: /^R8: a mark is there, for every process/,
  },
  'keep to themselves what they know': {
    alone: true,
    fails: /^R8: a mark is there, for every process/,
  },
  'forget at a crash what was raised': {
    forgets: true,
    fails: /^I1: marks outlive/,
  },
}

storedMarksContract('memory', harness(), { describe, it })

refuses('marks that', WRONG, (wrong, name) => (runner) => {
  storedMarksContract(name, harness(wrong), runner)
})
