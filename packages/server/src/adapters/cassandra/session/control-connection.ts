import type { Client } from 'cassandra-driver'

/** What the driver has and does not show. */
interface Connection {
  once(event: 'socketClose', listener: () => void): void
  closeAsync(): Promise<void>
}
interface Internals {
  readonly controlConnection?: {
    _refresh?: (...args: unknown[]) => Promise<void>
    _createConnection?: (...args: unknown[]) => Promise<Connection>
  }
}

/** The driver's searches for another control connection, where its own is lost. */
export class Searches {
  readonly #made = new Set<Connection>()
  #isOver = false

  /**
   * If the connection is lost again before it has told who there is, the search rejects, and nobody listens: a process
   * of Node ends by that. Another search has begun by then, so nothing is left to do here.
   */
  hear(client: Client): void {
    const { controlConnection } = client as unknown as Internals
    if (controlConnection === undefined) return
    const { _refresh: search, _createConnection: connect } = controlConnection
    if (search !== undefined) {
      controlConnection._refresh = (...args) =>
        search.apply(controlConnection, args).catch(() => undefined)
    }
    if (connect !== undefined) {
      controlConnection._createConnection = async (...args) =>
        this.#keep(await connect.apply(controlConnection, args))
    }
  }

  /**
   * When the client is shut down: where two searches overlap, the driver forgets the connection of one, and what a
   * search connects to later nobody would close.
   */
  async close(): Promise<void> {
    this.#isOver = true
    await Promise.allSettled(Array.from(this.#made, (connection) => connection.closeAsync()))
  }

  async #keep(connection: Connection): Promise<Connection> {
    if (this.#isOver) {
      await connection.closeAsync()
      throw new Error('The client is shut down.')
    }
    this.#made.add(connection)
    connection.once('socketClose', () => this.#made.delete(connection))
    return connection
  }
}
