import { Socket } from 'node:net'
import { Client, type ClientConfig, types } from 'pg'
import type { ServerEnvironment } from '../../../ports/environment.js'
import { type SqlOutcome, type SqlRow, SqlUnavailable, type SqlValue } from '../driver.js'
import { endsConnection, sqlErrorOf } from './errors.js'

export interface ConnectionOptions {
  readonly url: string
  readonly environment: Pick<ServerEnvironment, 'setTimer' | 'clearTimer'>
  readonly connectTimeoutMs: number
  /** What the server is told of this session, by the names of its settings. */
  readonly settings: Readonly<Record<string, string>>
}

export interface WireQuery {
  readonly text: string
  readonly params?: readonly SqlValue[]
  /** Prepared under this name when it is first run, then kept. */
  readonly name?: string
}

export interface WireAnswer extends SqlOutcome {
  /** What the server says that it did: `COMMIT` of a failed transaction is answered `ROLLBACK`. */
  readonly command: string
}

/** One session of a PostgreSQL server. */
export interface PostgresConnection {
  /**
   * Sends all queries at once and settles when the last is answered: each with an answer or the reason why not.
   * Without an answer in time the connection ends, and nobody knows what was done.
   */
  run(queries: readonly WireQuery[], timeoutMs: number): Promise<readonly (WireAnswer | Error)[]>
  /** False once nothing more can come of it. */
  usable(): boolean
  /** Calls back once, with the reason, when it ends without being asked to. */
  onLost(listener: (reason: Error) => void): void
  /** Tells of every notification of this channel. */
  listen(channel: string, listener: () => void): void
  /** Ends at once; the server rolls back what is open. */
  destroy(reason: string): void
  /** Says goodbye; resolves within a second, also where nobody hears it. */
  end(): Promise<void>
}

/** A server that has not closed by then is one that no packet reaches. */
const GOODBYE_MS = 1_000

/** Opens a session and tells it its settings. Rejects with what `pg` says. */
export async function connect(options: ConnectionOptions): Promise<PostgresConnection> {
  const { environment } = options
  const socket = new Socket()
  const client = new Client(clientConfig(options, socket))
  const lost = Promise.withResolvers<Error>()
  let usable = true
  const over = (reason: Error): void => {
    usable = false
    lost.resolve(reason)
  }
  client.on('error', over)
  client.on('end', () => over(new Error('the connection has ended')))

  function send({ text, params = [], name }: WireQuery): Promise<WireAnswer | Error> {
    const query = { text, values: [...params], ...(name !== undefined && { name }) }
    return client.query(query).then(
      ({ rows, rowCount, command }): WireAnswer => ({
        rows: rows as SqlRow[],
        changes: rowCount ?? 0,
        command,
      }),
      (error: unknown) => {
        if (endsConnection(error)) usable = false
        return sqlErrorOf(error)
      },
    )
  }

  function destroy(reason: string): void {
    usable = false
    socket.destroy(new SqlUnavailable(reason))
  }

  /** A goodbye that is lost on the way would be waited for until TCP gives up. */
  async function sayGoodbye(): Promise<void> {
    usable = false
    const ended = client.end().catch(() => undefined)
    const unheard = Promise.withResolvers<void>()
    const deadline = environment.setTimer(() => {
      destroy(`no end within ${GOODBYE_MS} ms`)
      unheard.resolve()
    }, GOODBYE_MS)
    await Promise.race([ended, unheard.promise])
    environment.clearTimer(deadline)
  }

  let ending: Promise<void> | undefined
  const connection: PostgresConnection = {
    async run(queries, timeoutMs) {
      const deadline = environment.setTimer(
        () => destroy(`no answer within ${timeoutMs} ms`),
        timeoutMs,
      )
      // everything leaves in one piece
      socket.cork()
      const answers = queries.map(send)
      socket.uncork()
      try {
        return await Promise.all(answers)
      } finally {
        environment.clearTimer(deadline)
      }
    },
    usable: () => usable,
    onLost: (listener) => void lost.promise.then(listener),
    listen(channel, listener) {
      client.on('notification', (notification) => {
        if (notification.channel === channel) listener()
      })
    },
    destroy,
    end() {
      ending ??= sayGoodbye()
      return ending
    },
  }
  await client.connect()
  const [answer] = await connection.run([settingsQuery(options.settings)], options.connectTimeoutMs)
  if (answer instanceof Error) {
    destroy('its settings were refused')
    throw answer
  }
  return connection
}

function clientConfig({ url, connectTimeoutMs }: ConnectionOptions, socket: Socket): ClientConfig {
  return {
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'tidings',
    pipeline: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    stream: () => socket,
    types: { getTypeParser },
  }
}

const INT8 = 20

/** Whole numbers are numbers; one that a number cannot hold is an error, never a wrong number. */
const getTypeParser: typeof types.getTypeParser = (oid, format) =>
  oid === INT8 ? safeInteger : types.getTypeParser(oid, format)

export function safeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is beyond 2^53`)
  return value
}

/** An acknowledged write must be on the disk (I1), whatever the server's own default is. */
const DURABLE = `set_config('synchronous_commit', case current_setting('synchronous_commit')
  when 'off' then 'on' else current_setting('synchronous_commit') end, false)`

function settingsQuery(settings: Readonly<Record<string, string>>): WireQuery {
  const entries = Object.entries(settings)
  const calls = entries.map((_, i) => `set_config($${2 * i + 1}, $${2 * i + 2}, false)`)
  return { text: `select ${[...calls, DURABLE].join(', ')}`, params: entries.flat() }
}
