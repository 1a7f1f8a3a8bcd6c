import type { SqlAnswers, SqlDriver, SqlRead } from '../driver.js'

/** Parameter rows that cross together at most: the first waits for the answer to the last (I7). */
const CROSSING_MAX_ROWS = 512

export type Ask = (reads: readonly SqlRead[]) => Promise<SqlAnswers>

interface Asked {
  readonly reads: readonly SqlRead[]
  readonly answer: PromiseWithResolvers<SqlAnswers>
}

type Queries = Pick<SqlDriver, 'query'>

const askers = new WeakMap<Queries, Ask>()

/**
 * What is asked of one driver within one turn crosses to the database as one message, whoever asks: crossing costs
 * more than most reads, and a storm of readers asks all at once.
 */
export function coalesce(driver: Queries): Ask {
  const known = askers.get(driver)
  if (known !== undefined) return known
  const ask = askerOf(driver)
  askers.set(driver, ask)
  return ask
}

function askerOf(driver: Queries): Ask {
  let asked: Asked[] = []

  function flush(): void {
    const all = asked
    asked = []
    let crossing: Asked[] = []
    let rows = 0
    for (const one of all) {
      const size = one.reads.reduce((sum, read) => sum + read.rows.length, 0)
      if (crossing.length > 0 && rows + size > CROSSING_MAX_ROWS) {
        void cross(crossing)
        crossing = []
        rows = 0
      }
      crossing.push(one)
      rows += size
    }
    void cross(crossing)
  }

  async function cross(crossing: readonly Asked[]): Promise<void> {
    try {
      const merged = merge(crossing)
      const answers = await driver.query(
        Array.from(merged.rows, ([sql, rows]): SqlRead => ({ sql, rows })),
      )
      const found = new Map(Array.from(merged.rows.keys(), (sql, i) => [sql, answers[i] ?? []]))
      for (const { reads, answer } of crossing) {
        answer.resolve(
          reads.map((read) => {
            const first = merged.firsts.get(read) ?? 0
            return (found.get(read.sql) ?? []).slice(first, first + read.rows.length)
          }),
        )
      }
    } catch (error) {
      for (const { answer } of crossing) answer.reject(error)
    }
  }

  return (reads) => {
    if (reads.length === 0) return Promise.resolve([])
    // after all that came in from the network in this turn, not after each of it
    if (asked.length === 0) setImmediate(flush)
    const answer = Promise.withResolvers<SqlAnswers>()
    asked.push({ reads, answer })
    return answer.promise
  }
}

/** A statement that many ask with is written once, with the rows of all; `firsts`: where each read's begin. */
function merge(crossing: readonly Asked[]): {
  readonly rows: ReadonlyMap<string, SqlRead['rows']>
  readonly firsts: ReadonlyMap<SqlRead, number>
} {
  const rows = new Map<string, SqlRead['rows'][number][]>()
  const firsts = new Map<SqlRead, number>()
  for (const { reads } of crossing) {
    for (const read of reads) {
      const all = rows.get(read.sql) ?? []
      rows.set(read.sql, all)
      firsts.set(read, all.length)
      all.push(...read.rows)
    }
  }
  return { rows, firsts }
}
