import type { ServerEnvironment } from '../../../ports/environment.js'
import { SqlUnavailable } from '../driver.js'
import type { PostgresConnection } from './connection.js'

export interface PoolOptions {
  readonly environment: Pick<ServerEnvironment, 'setTimer' | 'clearTimer'>
  readonly connect: () => Promise<PostgresConnection>
  readonly maxConnections: number
  /** Longest that a call waits for a connection. */
  readonly waitTimeoutMs: number
  /** Most calls that wait (I7). */
  readonly waitingMax: number
  /** Told when the server cannot be reached, and when it can again. */
  readonly onReachable: (reason: Error | undefined) => void
}

export interface Pool {
  /** Lends a connection to the work; rejects with SqlUnavailable when none is to be had. */
  use<T>(work: (connection: PostgresConnection) => Promise<T>): Promise<T>
  /** The same in two steps: whoever takes gives back. */
  take(): Promise<PostgresConnection>
  give(connection: PostgresConnection): void
  /** Refuses what comes, waits for what was lent, says goodbye. */
  close(): Promise<void>
}

/** Few connections, opened when they are needed and kept; first come, first served (I7). */
export function createPool(options: PoolOptions): Pool {
  const { environment } = options
  const all = new Set<PostgresConnection>()
  const idle: PostgresConnection[] = []
  const waiting = new Set<(connection: PostgresConnection | Error) => void>()
  /** Open or being opened. */
  let connections = 0
  /** Calls that have a connection, or wait for one. */
  let calls = 0
  let closed = false
  let onQuiet: (() => void) | undefined

  async function open(): Promise<PostgresConnection> {
    connections += 1
    try {
      const connection = await options.connect()
      all.add(connection)
      connection.onLost((reason) => {
        drop(connection)
        if (!closed) options.onReachable(reason)
      })
      options.onReachable(undefined)
      return connection
    } catch (error) {
      connections -= 1
      const reason = error instanceof Error ? error : new Error(String(error))
      options.onReachable(reason)
      // nobody waits in vain: the next in line has its own try
      serve()
      throw new SqlUnavailable(`PostgreSQL is away: ${reason.message}`, { cause: error })
    }
  }

  function drop(connection: PostgresConnection): void {
    if (!all.delete(connection)) return
    connections -= 1
    const place = idle.indexOf(connection)
    if (place >= 0) idle.splice(place, 1)
    serve()
  }

  /** Whoever waits gets what has become free. */
  function serve(): void {
    while (waiting.size > 0) {
      const connection = idle.pop()
      if (connection === undefined && connections >= options.maxConnections) return
      const [next] = waiting
      if (next === undefined) return
      waiting.delete(next)
      if (connection !== undefined) next(connection)
      else open().then(next, next)
    }
  }

  function wait(): Promise<PostgresConnection> {
    if (waiting.size >= options.waitingMax) {
      return Promise.reject(new SqlUnavailable('too many calls wait for PostgreSQL'))
    }
    return new Promise((resolve, reject) => {
      let over = false
      const waiter = (connection: PostgresConnection | Error): void => {
        environment.clearTimer(deadline)
        if (connection instanceof Error) reject(connection)
        else if (over) store(connection)
        else resolve(connection)
      }
      const deadline = environment.setTimer(() => {
        over = true
        waiting.delete(waiter)
        reject(new SqlUnavailable(`no connection was free for ${options.waitTimeoutMs} ms`))
      }, options.waitTimeoutMs)
      waiting.add(waiter)
    })
  }

  function store(connection: PostgresConnection): void {
    if (!connection.usable() || !all.has(connection)) {
      connection.destroy('it is not usable any more')
      drop(connection)
    } else if (closed) {
      // it may have been opened for a call that no longer waits, after `close` had ended all that were there
      void connection.end()
    } else {
      idle.push(connection)
      serve()
    }
  }

  function called(change: 1 | -1): void {
    calls += change
    if (calls === 0) onQuiet?.()
  }

  async function take(): Promise<PostgresConnection> {
    if (closed) throw new SqlUnavailable('the connections to PostgreSQL are closed')
    called(1)
    try {
      return idle.pop() ?? (await (connections < options.maxConnections ? open() : wait()))
    } catch (error) {
      called(-1)
      throw error
    }
  }

  function give(connection: PostgresConnection): void {
    store(connection)
    called(-1)
  }

  return {
    take,
    give,
    async use(work) {
      const connection = await take()
      try {
        return await work(connection)
      } finally {
        give(connection)
      }
    },
    async close() {
      if (closed) return
      closed = true
      for (const waiter of waiting) waiter(new SqlUnavailable('PostgreSQL is closed'))
      waiting.clear()
      if (calls > 0) await new Promise<void>((resolve) => (onQuiet = resolve))
      await Promise.all(Array.from(all, (connection) => connection.end()))
    },
  }
}
