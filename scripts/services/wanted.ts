/** Which services a run wants. One broker or node is quick; three are for faults and replication. */
export interface ServicesWanted {
  readonly kafka?: 1 | 3
  readonly cassandra?: 1 | 3
  readonly redis?: 'single' | 'cluster' | 'sentinel'
  readonly postgres?: true
}

/** One service as a word, for a command line or a test: `kafka` is `kafka=1`, `redis` is `redis=single`. */
export type ServiceWord =
  | 'kafka'
  | 'kafka=3'
  | 'cassandra'
  | 'cassandra=3'
  | 'redis'
  | 'redis=cluster'
  | 'redis=sentinel'
  | 'postgres'

const words: Readonly<Record<ServiceWord, ServicesWanted>> = {
  kafka: { kafka: 1 },
  'kafka=3': { kafka: 3 },
  cassandra: { cassandra: 1 },
  'cassandra=3': { cassandra: 3 },
  redis: { redis: 'single' },
  'redis=cluster': { redis: 'cluster' },
  'redis=sentinel': { redis: 'sentinel' },
  postgres: { postgres: true },
}

export const serviceWords = Object.keys(words) as ServiceWord[]

/** What the words ask for together; throws with one sentence for a word that is none. */
export function parseWanted(given: readonly string[]): ServicesWanted {
  return Object.assign({}, ...given.map(wantedBy))
}

function wantedBy(word: string): ServicesWanted {
  const wanted = (words as Readonly<Record<string, ServicesWanted>>)[
    word.replace(/=(1|single)$/, '')
  ]
  if (wanted) return wanted
  throw new Error(`"${word}" is not a service. There are: ${serviceWords.join(', ')}.`)
}
