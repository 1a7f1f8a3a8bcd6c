import type { Client } from 'cassandra-driver'

/** What the driver has and does not show. */
interface Internals {
  readonly controlConnection?: { _refresh?: (...args: unknown[]) => Promise<void> }
}

/** The driver's searches for another control connection, where its own is lost. */
export class Searches {
  readonly #underWay = new Set<Promise<void>>()

  /**
   * If the connection is lost again before it has told who there is, the search rejects, and nobody listens: a process
   * of Node ends by that. Another search has begun by then, so nothing is left to do here.
   */
  hear(client: Client): void {
    const { controlConnection } = client as unknown as Internals
    const search = controlConnection?._refresh
    if (controlConnection === undefined || typeof search !== 'function') return
    controlConnection._refresh = async (...args) => {
      const ended = search.apply(controlConnection, args).catch(() => undefined)
      this.#underWay.add(ended)
      await ended
      this.#underWay.delete(ended)
    }
  }

  /**
   * Before the client is shut down: what a search connects to later nobody would close. Each takes no longer than
   * a connection and its first questions may.
   */
  async ended(): Promise<void> {
    await Promise.all(this.#underWay)
  }
}
