import type { Election } from '../../../ports/election.js'
import type { ServerEnvironment } from '../../../ports/environment.js'
import { RULES_VERSION } from '../../../stream/command.js'
import { BUCKET_SIZE } from '../../../stream/event.js'
import { queryOne, type SqlDriver, type SqlHealth } from '../driver.js'
import { RulesMismatch, settleRules } from '../installation.js'
import { migrate, SchemaNewer } from '../migrate.js'
import { checkServer, serverFacts } from './checks.js'
import { type ConnectionOptions, connect, type PostgresConnection } from './connection.js'
import { createElection } from './election.js'
import { createPool } from './pool.js'
import { createPostgresDriver } from './postgres-driver.js'
import { mayComeUp, notReached, PostgresUnusable, placeOf, refused } from './unusable.js'

export interface PostgresOptions {
  /**
   * `postgres://user:password@host:port/database?sslmode=…`. Straight to the server, or through a pooler that keeps
   * sessions apart: one that pools transactions takes away prepared statements, LISTEN and the election's lock.
   */
  readonly url: string
  readonly environment: ServerEnvironment
  /** The schema that holds the tables: lower-case letters, digits and `_`. Made if need be. @default 'tidings' */
  readonly schema?: string
  /** Most connections of this process, one more where it stands for election. @default 10 */
  readonly maxConnections?: number
  /** Longest that opening a connection may take, in milliseconds. @default 2,000 */
  readonly connectTimeoutMs?: number
  /** Longest that a call waits for a connection to become free, in milliseconds. @default 5,000 */
  readonly waitTimeoutMs?: number
  /** Most calls that wait for a connection; beyond it they are refused at once (I7). @default 1,000 */
  readonly waitingMax?: number
  /** Longest that the server may work on one statement, in milliseconds. @default 5,000 */
  readonly statementTimeoutMs?: number
  /** A transaction that does nothing for this long is ended by the server, in milliseconds. @default 5,000 */
  readonly idleInTransactionTimeoutMs?: number
  /** How long the start waits for the server, and for another process that migrates, in milliseconds. @default 15,000 */
  readonly startTimeoutMs?: number
  /** Takes a server that may lose what it has confirmed (`fsync` or `full_page_writes` off). @default false */
  readonly allowUnsafe?: boolean
  /** Told when the server cannot be reached any more, and when it can again. */
  readonly onTrouble?: (health: SqlHealth) => void
}

export interface OpenPostgres {
  /** For `createSqlMessageStore` and `createSqlDirectory`. */
  readonly driver: SqlDriver
  /** What was allowed though it breaks a promise, a sentence each: for the log. */
  readonly warnings: readonly string[]
  /** Which process brings the outbox into the stream (R15): one over all that use this schema. */
  readonly election: Election
  /** The same for other work, each of its own: who stands for one may not be fit for another. All cost one connection. */
  electionOf(work: string): Election
  /** Tells, best effort, that something may be in the outbox. */
  readonly notices: (listener: () => void) => () => void
  /** Asks the server now: resolves within a second, whatever it does. */
  health(): Promise<SqlHealth>
  /** Ends the election, settles what is in flight, closes every connection. */
  close(): Promise<void>
}

/** How long the server may take to answer beyond what it may work. */
const GRACE_MS = 2_000
const HEALTH_TIMEOUT_MS = 1_000
const START_RETRY_MS = 200
const SCHEMA = /^[a-z_][a-z0-9_]{0,62}$/

/**
 * Opens a PostgreSQL: waits for it, checks that it keeps what it confirms (I1), and brings the schema to this
 * version's, one process at a time. Rejects with PostgresUnusable, one sentence with the remedy, having left nothing
 * open. From then on the server may go and come: calls reject with SqlUnavailable meanwhile, within a bounded time.
 */
export async function openPostgres(options: PostgresOptions): Promise<OpenPostgres> {
  const { environment, schema = 'tidings' } = options
  if (!SCHEMA.test(schema)) {
    throw new PostgresUnusable(
      'misconfigured',
      'schema',
      `"${schema}" cannot name a schema: use lower-case letters, digits and _, 63 at most, beginning with a letter.`,
    )
  }
  if (!/^postgres(ql)?:$/.test(URL.parse(options.url)?.protocol ?? '')) {
    throw new PostgresUnusable(
      'misconfigured',
      'url',
      'The address of PostgreSQL cannot be read: write it as postgres://user:password@host:port/database.',
    )
  }
  const to = connectionOptions(options, schema)
  const first = await reach(to, environment, options.startTimeoutMs ?? 15_000)
  let health: SqlHealth = { state: 'up' }
  const onReachable = (reason: Error | undefined): void => {
    const before = health.state
    health =
      reason === undefined ? { state: 'up' } : { state: 'restarting', reason: reason.message }
    if (health.state !== before) options.onTrouble?.(health)
  }
  const pool = createPool({
    environment,
    connect: () => connect(to),
    maxConnections: options.maxConnections ?? 10,
    waitTimeoutMs: options.waitTimeoutMs ?? 5_000,
    waitingMax: options.waitingMax ?? 1_000,
    onReachable,
  })
  const driver = createPostgresDriver({
    pool,
    environment,
    answerTimeoutMs: (options.statementTimeoutMs ?? 5_000) + GRACE_MS,
    health: () => health,
  })
  let warnings: readonly string[]
  try {
    warnings = await prepare(first, driver, options, schema)
  } catch (error) {
    await driver.close()
    throw error
  } finally {
    // the lock goes with it
    await first.end()
  }
  const { electionOf, notices, close } = createElection({
    environment,
    connect: (settings) => connect({ ...to, settings: { ...to.settings, ...settings } }),
    schema,
  })
  return {
    driver,
    warnings,
    election: electionOf('relay'),
    electionOf,
    notices,
    health: () => askedNow(driver, environment),
    async close() {
      await close()
      await driver.close()
    },
  }
}

/** A server that does not answer at once is not up. */
async function askedNow(driver: SqlDriver, environment: ServerEnvironment): Promise<SqlHealth> {
  const answered = Promise.withResolvers<SqlHealth>()
  const deadline = environment.setTimer(
    () => answered.resolve({ state: 'restarting', reason: `no answer in ${HEALTH_TIMEOUT_MS} ms` }),
    HEALTH_TIMEOUT_MS,
  )
  queryOne(driver, 'select 1').then(
    () => answered.resolve({ state: 'up' }),
    (error: Error) => answered.resolve({ state: 'restarting', reason: error.message }),
  )
  const health = await answered.promise
  environment.clearTimer(deadline)
  return health
}

function connectionOptions(options: PostgresOptions, schema: string): ConnectionOptions {
  return {
    url: options.url,
    environment: options.environment,
    connectTimeoutMs: options.connectTimeoutMs ?? 2_000,
    settings: {
      search_path: schema,
      statement_timeout: String(options.statementTimeoutMs ?? 5_000),
      idle_in_transaction_session_timeout: String(options.idleInTransactionTimeoutMs ?? 5_000),
      // every statement goes along a key; what is planned while a table is small must not stay a scan when it is large
      enable_seqscan: 'off',
      jit: 'off',
    },
  }
}

/** A first connection, as soon as the server is there. */
async function reach(
  to: ConnectionOptions,
  environment: ServerEnvironment,
  timeoutMs: number,
): Promise<PostgresConnection> {
  const end = environment.monotonicNow() + timeoutMs
  for (;;) {
    try {
      return await connect(to)
    } catch (error) {
      if (!mayComeUp(error)) throw refused(to.url, error)
      if (environment.monotonicNow() >= end) throw notReached(to.url, timeoutMs, error)
    }
    await new Promise<void>((resolve) => environment.setTimer(resolve, START_RETRY_MS))
  }
}

/** Checks the server and its schema, alone among all processes that start. */
async function prepare(
  first: PostgresConnection,
  driver: SqlDriver,
  { url, allowUnsafe = false, startTimeoutMs = 15_000 }: PostgresOptions,
  schema: string,
): Promise<readonly string[]> {
  const ask = async (text: string, params: readonly string[] = []) => {
    const [answer] = await first.run([{ text, params }], startTimeoutMs + GRACE_MS)
    return answer instanceof Error ? answer : (answer?.rows ?? [])
  }
  const facts = await ask(serverFacts.text)
  if (facts instanceof Error) throw refused(url, facts)
  const warnings = checkServer(url, facts[0] ?? {}, allowUnsafe)
  await ask("select set_config('statement_timeout', $1, false)", [String(startTimeoutMs)])
  const locked = await ask('select pg_advisory_lock(hashtext($1), hashtext($2))', [
    'tidings migration',
    schema,
  ])
  if (locked instanceof Error) {
    throw new PostgresUnusable(
      'busy',
      'startTimeoutMs',
      `Another process has been changing the schema "${schema}" of PostgreSQL at ${placeOf(url)} for ${startTimeoutMs} ms: wait until it is done, then start again.`,
      locked,
    )
  }
  // making it anew needs a right that using it does not
  const found = await ask('select 1 as found where to_regnamespace($1) is not null', [schema])
  const made =
    found instanceof Error || found.length > 0 ? found : await ask(`create schema ${schema}`)
  if (made instanceof Error) throw refused(url, made)
  try {
    await migrate(driver, schema)
    await settleRules(driver, { bucketSize: BUCKET_SIZE, rulesVersion: RULES_VERSION })
  } catch (error) {
    if (error instanceof RulesMismatch) {
      throw new PostgresUnusable(
        error.reason === 'newer' ? 'newer' : 'misconfigured',
        'schema',
        `The schema "${schema}" of PostgreSQL at ${placeOf(url)} does not fit (${error.message}): start the version that wrote it, or give another schema.`,
        error,
      )
    }
    if (!(error instanceof SchemaNewer)) throw refused(url, error)
    throw new PostgresUnusable(
      'newer',
      'schema',
      `The schema "${schema}" of PostgreSQL at ${placeOf(url)} was written by a newer version (${error.message}): start that version or a newer one.`,
      error,
    )
  }
  return warnings
}
