import type { Candidacy, Election } from '../../../ports/election.js'
import type { ServerEnvironment } from '../../../ports/environment.js'
import { type Candidate, createCandidate } from './candidate.js'
import type { PostgresConnection, WireQuery } from './connection.js'
import { OUTBOX_CHANNEL } from './dialect.js'

export interface PostgresElectionOptions {
  readonly environment: Pick<ServerEnvironment, 'monotonicNow' | 'setTimer' | 'clearTimer'>
  readonly connect: (settings: Readonly<Record<string, string>>) => Promise<PostgresConnection>
  /** Among whom: everybody of the same name. */
  readonly lock: string
}

export interface PostgresElection {
  readonly election: Election
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

const ALIVE: WireQuery = { text: 'select 1 as mine' }

/**
 * A lock that one session holds, on a connection of its own: it goes with the session. It is asked for again and
 * again instead of being waited for, which would hold back the cleaning of old rows. The same connection listens.
 */
export function createElection(options: PostgresElectionOptions): PostgresElection {
  const { environment, lock } = options
  const candidates = new Set<Candidate>()
  const listeners = new Set<() => void>()
  let running: Promise<void> | undefined
  let closed = false
  let wake: (() => void) | undefined
  const tryLock: WireQuery = {
    text: "select pg_try_advisory_lock(hashtext('tidings election'), hashtext($1))::int as mine",
    params: [lock],
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = environment.setTimer(resolve, ASK_INTERVAL_MS)
      wake = () => {
        environment.clearTimer(timer)
        resolve()
      }
    })
  }

  const wanted = (): boolean => !closed && candidates.size + listeners.size > 0

  async function run(): Promise<void> {
    while (wanted()) {
      const connection = await options.connect(SETTINGS).catch(() => undefined)
      if (connection !== undefined) await inSession(connection)
      if (wanted()) await pause()
    }
    running = undefined
  }

  async function inSession(connection: PostgresConnection): Promise<void> {
    const ask = async (query: WireQuery) => {
      const [answer] = await connection.run([query], LEASE_MS)
      return answer instanceof Error ? undefined : answer?.rows
    }
    connection.onLost(() => {
      resign()
      wake?.()
    })
    connection.listen(OUTBOX_CHANNEL, tellAll)
    await ask({ text: `listen ${OUTBOX_CHANNEL}` })
    // what came before this session listened
    tellAll()
    let held = false
    let lease: unknown
    while (wanted() && connection.usable()) {
      const wants = candidates.size > 0
      if (held && !wants) break
      const askedAt = environment.monotonicNow()
      const rows = await ask(held || !wants ? ALIVE : tryLock)
      environment.clearTimer(lease)
      const leaseMs = askedAt + LEASE_MS - environment.monotonicNow()
      if (rows === undefined || leaseMs <= 0) break
      held = wants && rows[0]?.mine === 1
      if (held) {
        lease = environment.setTimer(resign, leaseMs)
        const terms = Array.from(candidates, (candidate) => candidate.begin())
        if (terms.includes('resigned')) break
      }
      if (wanted()) await pause()
    }
    environment.clearTimer(lease)
    resign()
    await Promise.all(Array.from(candidates, (candidate) => candidate.settled()))
    await connection.end()
  }

  function tellAll(): void {
    for (const listener of listeners) listener()
  }

  function resign(): void {
    for (const candidate of candidates) candidate.end()
  }

  function start(): void {
    if (!closed) running ??= run()
  }

  return {
    election: {
      stand(elected): Candidacy {
        const candidate = createCandidate(elected)
        candidates.add(candidate)
        start()
        wake?.()
        return {
          async close() {
            candidate.close()
            await candidate.settled()
            candidates.delete(candidate)
            wake?.()
            if (!wanted()) await running
          },
        }
      },
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
