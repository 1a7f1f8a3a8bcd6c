import { ServiceFailed } from './run/failure.js'

/** Which services a run wants. One broker or node is quick; three are for faults and replication. */
export interface ServicesWanted {
  readonly kafka?: 1 | 3
  readonly cassandra?: 1 | 3
  readonly redis?: 'single' | 'cluster' | 'sentinel'
  readonly postgres?: true
}

export const serviceNames = ['kafka', 'cassandra', 'redis', 'postgres'] as const

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

const wordMeanings = new Map<string, ServicesWanted>(Object.entries(words))

export const serviceWords: readonly string[] = [...wordMeanings.keys()]

/** What the words ask for together; throws with one sentence for a word that is none, and for two of one. */
export function parseWanted(given: readonly string[]): ServicesWanted {
  const wanted: ServicesWanted[] = given.map(wantedBy)
  const names = wanted.flatMap((each) => Object.keys(each))
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice) throw new ServiceFailed(twice, 'is asked for twice.')
  return Object.assign({}, ...wanted)
}

function wantedBy(word: string): ServicesWanted {
  const wanted = wordMeanings.get(word.replace(/=(1|single)$/, ''))
  if (wanted) return wanted
  throw new ServiceFailed(word, `is not a service. There are: ${serviceWords.join(', ')}.`)
}
