import type { Candidacy, Election } from '../../../ports/election.js'
import type { ServerEnvironment } from '../../../ports/environment.js'
import { type Candidate, createCandidate } from './candidate.js'
import type { PostgresConnection, WireQuery } from './connection.js'
import { OUTBOX_CHANNEL } from './dialect.js'

export interface PostgresElectionOptions {
  readonly environment: Pick<ServerEnvironment, 'monotonicNow' | 'setTimer' | 'clearTimer'>
  readonly connect: (settings: Readonly<Record<string, string>>) => Promise<PostgresConnection>
  /** Among whom: everybody of the same schema. */
  readonly schema: string
}

export interface PostgresElection {
  /** Each work has an election of its own: who stands for one may not be fit for another. */
  electionOf(work: string): Election
  /** Tells, best effort, that something may be in the outbox. Costs the same connection. */
  readonly notices: (listener: () => void) => () => void
  close(): Promise<void>
}

/** A session that says nothing for this long is ended by the server, and its lock with it: a frozen process too. */
const SESSION_TIMEOUT_MS = 6_000
/** Without an answer to something asked later than this long ago, nobody may believe to be elected. */
const LEASE_MS = 4_000
const ASK_INTERVAL_MS = 1_000
const SETTINGS = {
  idle_session_timeout: String(SESSION_TIMEOUT_MS),
  statement_timeout: String(LEASE_MS),
  // a machine that is gone says no goodbye
  tcp_keepalives_idle: '3',
  tcp_keepalives_interval: '1',
  tcp_keepalives_count: '3',
}

const ALIVE: WireQuery = { text: 'select 1 as alive' }

/** One work, with those of this process who stand for it. */
interface Office {
  readonly lock: string
  readonly candidates: Set<Candidate>
  held: boolean
}

/** Wanted and not held, or held and not wanted any more. */
const isUnsettled = ({ candidates, held }: Office): boolean => candidates.size > 0 !== held

const questionOf = ({ lock, held }: Office): WireQuery => ({
  text: held
    ? "select pg_advisory_unlock(hashtext('tidings election'), hashtext($1))::int as mine"
    : "select pg_try_advisory_lock(hashtext('tidings election'), hashtext($1))::int as mine",
  params: [lock],
})

/**
 * A lock that one session holds, on a connection of its own: it goes with the session. It is asked for again and
 * again instead of being waited for, which would hold back the cleaning of old rows. The same connection listens.
 */
export function createElection(options: PostgresElectionOptions): PostgresElection {
  const { environment, schema } = options
  const offices = new Map<string, Office>()
  const listeners = new Set<() => void>()
  let running: Promise<void> | undefined
  let closed = false
  let wake: (() => void) | undefined

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = environment.setTimer(resolve, ASK_INTERVAL_MS)
      wake = () => {
        environment.clearTimer(timer)
        resolve()
      }
    })
  }

  const candidates = (): readonly Candidate[] =>
    Array.from(offices.values(), (office) => [...office.candidates]).flat()
  const wanted = (): boolean => !closed && candidates().length + listeners.size > 0

  async function run(): Promise<void> {
    while (wanted()) {
      const connection = await options.connect(SETTINGS).catch(() => undefined)
      if (connection !== undefined) await inSession(connection)
      if (wanted()) await pause()
    }
    running = undefined
  }

  async function inSession(connection: PostgresConnection): Promise<void> {
    connection.onLost(() => {
      resign()
      wake?.()
    })
    connection.listen(OUTBOX_CHANNEL, tellAll)
    await connection.run([{ text: `listen ${OUTBOX_CHANNEL}` }], LEASE_MS)
    // what came before this session listened
    tellAll()
    let lease: unknown
    while (wanted() && connection.usable()) {
      const askedAt = environment.monotonicNow()
      const asked = [...offices.values()].filter(isUnsettled)
      const answers = await connection.run([ALIVE, ...asked.map(questionOf)], LEASE_MS)
      environment.clearTimer(lease)
      const leaseMs = askedAt + LEASE_MS - environment.monotonicNow()
      if (leaseMs <= 0 || answers.some((answer) => answer instanceof Error)) break
      answers.slice(1).forEach((answer, i) => {
        const office = asked[i]
        if (office === undefined || answer instanceof Error) return
        office.held = !office.held && answer.rows[0]?.mine === 1
      })
      lease = environment.setTimer(resign, leaseMs)
      if (begin()) break
      if (wanted()) await pause()
    }
    environment.clearTimer(lease)
    resign()
    await Promise.all(candidates().map((candidate) => candidate.settled()))
    for (const office of offices.values()) office.held = false
    await connection.end()
  }

  /** Everybody who is elected works; true when somebody has resigned. */
  function begin(): boolean {
    const held = [...offices.values()].filter((office) => office.held)
    const terms = held.flatMap((office) => Array.from(office.candidates, (one) => one.begin()))
    return terms.includes('resigned')
  }

  function tellAll(): void {
    for (const listener of listeners) listener()
  }

  function resign(): void {
    for (const candidate of candidates()) candidate.end()
  }

  function start(): void {
    if (!closed) running ??= run()
  }

  return {
    electionOf(work) {
      const lock = `${schema} ${work}`
      const office = offices.get(work) ?? { lock, candidates: new Set<Candidate>(), held: false }
      offices.set(work, office)
      return {
        stand(elected): Candidacy {
          const candidate = createCandidate(elected)
          office.candidates.add(candidate)
          start()
          wake?.()
          return {
            async close() {
              candidate.close()
              await candidate.settled()
              office.candidates.delete(candidate)
              wake?.()
              if (!wanted()) await running
            },
          }
        },
      }
    },
    notices(listener) {
      listeners.add(listener)
      start()
      return () => {
        listeners.delete(listener)
        wake?.()
      }
    },
    async close() {
      closed = true
      resign()
      wake?.()
      await running
    },
  }
}
