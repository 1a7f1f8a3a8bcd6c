import { describe, it } from 'vitest'
import { createMemoryElection } from '../../src/adapters/memory/election.js'
import { type ElectionHarness, electionContract } from '../../src/ports/contract/election.js'
import type { Election } from '../../src/ports/election.js'
import { refuses } from './refused.js'

type Elected = Parameters<Election['stand']>[0]

/** An election whose elected process can be deposed, perhaps with something broken around it. */
const deposableHarness =
  (wrap: (right: Election) => Election = (right) => right) =>
  async (): Promise<ElectionHarness> => {
    const right = createMemoryElection()
    let depose = () => {}
    const deposable: Election = {
      stand: (elected) =>
        right.stand((resigned) => {
          const deposed = new AbortController()
          depose = () => deposed.abort()
          return elected(AbortSignal.any([resigned, deposed.signal]))
        }),
    }
    const election = wrap(deposable)
    return {
      join: async () => election,
      depose: async () => depose(),
      close: async () => undefined,
    }
  }

electionContract(
  'The election in memory',
  async () => {
    const election = createMemoryElection()
    return { join: async () => election, close: async () => undefined }
  },
  { describe, it },
)
electionContract('An election that can be lost', deposableHarness(), { describe, it })

/** Elects in turn whoever stands, by one rule that is broken. */
function careless(broken: {
  readonly all?: boolean
  readonly early?: boolean
  readonly once?: boolean
  readonly keeps?: boolean
}): Election {
  const queue: (() => void)[] = []
  let busy = false
  const next = (): void => {
    busy = false
    const begin = queue.shift()
    if (begin === undefined) return
    busy = true
    begin()
  }
  return {
    stand(elected) {
      const over = new AbortController()
      let working: Promise<void> | undefined
      let settled = false
      const begin = (): void => {
        settled = false
        working = elected(over.signal)
          .catch(() => undefined)
          .then(() => {
            settled = true
            if (!over.signal.aborted && !broken.once) queue.push(begin)
            if (!(broken.early && over.signal.aborted)) setImmediate(next)
          })
      }
      if (broken.all) begin()
      else {
        queue.push(begin)
        if (!busy) next()
      }
      return {
        async close() {
          over.abort()
          const place = queue.indexOf(begin)
          if (place >= 0 && !broken.keeps) queue.splice(place, 1)
          if (broken.early && working !== undefined && !settled) next()
          await working
        },
      }
    },
  }
}

interface Wrong {
  readonly wrap: (right: Election) => Election
  readonly fails: RegExp
}

/** Each breaks one MUST of the port, and only that. */
const WRONG: Readonly<Record<string, Wrong>> = {
  'elects whoever stands': {
    wrap: () => careless({ all: true }),
    fails: /^R15: of several that stand one is elected/,
  },
  'elects the next while the one who resigns still works': {
    wrap: () => careless({ early: true }),
    fails: /^another is elected when the one resigns, and not before/,
  },
  'elects nobody twice': {
    wrap: () => careless({ once: true }),
    fails: /^who has settled of its own accord stands again/,
  },
  'elects who does not stand any more': {
    wrap: () => careless({ keeps: true }),
    fails: /^who does not stand any more/,
  },
  'does not tell who resigns': {
    wrap: (right) => ({
      stand: (elected) => right.stand(() => elected(new AbortController().signal)),
    }),
    fails: /^another is elected when the one resigns/,
  },
  'is over when the work fails': {
    wrap: (right) => ({
      stand: (elected) =>
        right.stand((held) => elected(held).catch(() => new Promise<never>(() => undefined))),
    }),
    fails: /^who has settled of its own accord/,
  },
  'does not tell who is deposed': {
    wrap: (right) => ({
      stand(elected) {
        const resigned = new AbortController()
        const candidacy = right.stand(() => elected(resigned.signal))
        return {
          close() {
            resigned.abort()
            return candidacy.close()
          },
        }
      },
    }),
    fails: /^R15: who is deposed is told/,
  },
  'calls who is deposed again before the work has settled': {
    wrap: (right) => ({
      stand: (elected) =>
        right.stand(async (held) => {
          const aborted = new Promise<void>((resolve) => {
            held.addEventListener('abort', () => resolve(), { once: true })
          })
          await Promise.race([(elected as Elected)(held), aborted])
        }),
    }),
    fails: /^R15: who is deposed is told, and is elected again only when/,
  },
}

refuses('an election that', WRONG, ({ wrap }, name) => (runner) => {
  electionContract(name, deposableHarness(wrap), runner)
})
