import { type Client, errors, policies, types } from 'cassandra-driver'
import { storeError } from './errors.js'
import { InFlight } from './in-flight.js'
import type { StampedWrite, Value } from './stamped.js'

export type Row = Readonly<Record<string, unknown>>

/** `quorum`: of the local data centre. `all`: every replica answers, or nobody does. */
export type ReadLevel = 'quorum' | 'all'

/** The two things that a store does. Both reject with StoreUnavailable, whatever the trouble. */
export interface Session {
  /** All rows, however many answers of the engine they fill. */
  read(cql: string, values: readonly Value[], level: ReadLevel): Promise<readonly Row[]>
  /** One request; what lies in one partition is written as a whole. */
  write(writes: readonly StampedWrite[]): Promise<void>
}

export interface OpenSession extends Session {
  /** Makes a statement known to every node that is up, and runs nothing. Rejects as the others do. */
  prepare(cql: string): Promise<void>
}

/** Rows in one answer: with the largest events a few MiB. */
const FETCH_ROWS = 500

/** With a replica that does not answer, reads at `ALL` are given up after this long. */
const ALL_TIMEOUT_MS = 1_000

/** Looked for by their names once every node has prepared the statement: then the driver refuses to run it. */
const NO_VALUES = {}

const CONSISTENCY = {
  quorum: types.consistencies.localQuorum,
  all: types.consistencies.all,
} as const

export interface InFlightLimits {
  readonly maxWritesInFlight: number
  readonly maxReadsInFlight: number
}

export function openSession(client: Client, limits: InFlightLimits): OpenSession {
  const reads = new InFlight(limits.maxReadsInFlight)
  const writes = new InFlight(limits.maxWritesInFlight)
  const strongest = {
    readTimeout: ALL_TIMEOUT_MS,
    retry: new policies.retry.FallthroughRetryPolicy(),
  }

  async function readPages(cql: string, values: readonly Value[], level: ReadLevel) {
    const rows: Row[] = []
    let pageState: string | undefined
    do {
      const page = await client.execute(cql, [...values], {
        prepare: true,
        isIdempotent: true,
        consistency: CONSISTENCY[level],
        fetchSize: FETCH_ROWS,
        ...(level === 'all' && strongest),
        ...(pageState !== undefined && { pageState }),
      })
      for (const row of page.rows) rows.push(row as unknown as Row)
      pageState = page.pageState ?? undefined
    } while (pageState !== undefined)
    return rows
  }

  async function send(batch: readonly StampedWrite[]): Promise<void> {
    const options = { prepare: true, isIdempotent: true, consistency: CONSISTENCY.quorum }
    const [first] = batch
    if (first === undefined) return
    if (batch.length === 1) await client.execute(first.cql, [...first.values], options)
    else {
      const queries = batch.map(({ cql, values }) => ({ query: cql, params: [...values] }))
      // of one partition it is one mutation either way; a logged one would be written twice
      await client.batch(queries, { ...options, logged: false })
    }
  }

  async function prepare(cql: string): Promise<void> {
    try {
      await client.execute(cql, NO_VALUES, { prepare: true })
    } catch (error) {
      if (!(error instanceof errors.ArgumentError)) throw error
    }
  }

  return {
    read: (cql, values, level) => told(reads.run(() => readPages(cql, values, level))),
    write: (batch) => told(writes.run(() => send(batch))),
    prepare: (cql) => told(prepare(cql)),
  }
}

async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw storeError(error)
  }
}
