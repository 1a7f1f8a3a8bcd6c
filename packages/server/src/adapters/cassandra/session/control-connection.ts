import type { Client } from 'cassandra-driver'

/** What the driver has and does not show. */
interface Internals {
  readonly controlConnection?: { _refresh?: (...args: unknown[]) => Promise<void> }
}

/**
 * The driver looks for another control connection where its own is lost. If that one is lost too before it has told
 * who there is, the search rejects, and nobody listens: a process of Node ends by that. Another search has begun by
 * then, so nothing is left to do here.
 */
export function hearSearches(client: Client): void {
  const { controlConnection } = client as unknown as Internals
  const search = controlConnection?._refresh
  if (controlConnection === undefined || typeof search !== 'function') return
  controlConnection._refresh = async (...args) => {
    await search.apply(controlConnection, args).catch(() => undefined)
  }
}
