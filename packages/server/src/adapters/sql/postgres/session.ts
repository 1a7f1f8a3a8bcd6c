import type { ServerEnvironment } from '../../../ports/environment.js'
import { type SqlSession, SqlUnavailable } from '../driver.js'
import type { PostgresConnection, WireAnswer, WireQuery } from './connection.js'
import type { Pool } from './pool.js'
import { numbered } from './texts.js'

/**
 * A transaction in several steps, on a connection of its own. When it takes too long the connection ends, and the
 * server rolls it back.
 */
export async function openSession(
  pool: Pool,
  environment: Pick<ServerEnvironment, 'setTimer' | 'clearTimer'>,
  timeoutMs: number,
): Promise<SqlSession> {
  const connection = await pool.take()
  let over: SqlUnavailable | undefined
  let released = false
  const deadline = environment.setTimer(() => {
    over = new SqlUnavailable(`the transaction took longer than ${timeoutMs} ms`)
    connection.destroy(over.message)
    release()
  }, timeoutMs)

  function release(): void {
    if (released) return
    released = true
    environment.clearTimer(deadline)
    pool.give(connection)
  }

  const run = (...queries: readonly WireQuery[]) => connection.run(queries, timeoutMs)

  async function end(kind: 'commit' | 'rollback'): Promise<void> {
    if (over !== undefined) {
      if (kind === 'commit') throw over
      return
    }
    over = new SqlUnavailable('the transaction has ended')
    const answer = await ending(connection, kind, timeoutMs)
    release()
    if (answer instanceof Error) throw answer
  }

  const [begun, set] = await run(
    { text: 'begin isolation level read committed' },
    {
      text: "select set_config('statement_timeout', $1, true), set_config('idle_in_transaction_session_timeout', $1, true)",
      params: [String(timeoutMs)],
      name: 'session',
    },
  )
  for (const answer of [begun, set]) {
    if (!(answer instanceof Error)) continue
    connection.destroy('it could not begin')
    release()
    throw answer
  }

  return {
    async execute({ sql, params }) {
      if (over !== undefined) throw over
      const [answer] = await run({ text: numbered(sql), params })
      if (over !== undefined && answer instanceof Error) throw over
      if (answer instanceof Error) throw answer
      return { rows: answer?.rows ?? [], changes: answer?.changes ?? 0 }
    },
    commit: () => end('commit'),
    rollback: () => end('rollback'),
  }
}

/** A commit that is answered otherwise was none; a connection that cannot be rolled back ends. */
async function ending(
  connection: PostgresConnection,
  kind: 'commit' | 'rollback',
  timeoutMs: number,
): Promise<WireAnswer | Error | undefined> {
  const [answer] = connection.usable()
    ? await connection.run([{ text: kind }], timeoutMs)
    : [new SqlUnavailable('the connection has ended')]
  if (answer instanceof Error) connection.destroy(answer.message)
  if (kind === 'rollback') return undefined
  if (answer instanceof Error || answer?.command === 'COMMIT') return answer
  return new SqlUnavailable('the server rolled the transaction back')
}
