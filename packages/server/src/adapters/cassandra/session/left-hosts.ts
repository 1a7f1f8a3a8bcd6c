import type { Client, Host } from 'cassandra-driver'

/** The library has no other way to end what it keeps of one node. */
interface Internals {
  readonly shutdown?: (waitForPending: boolean) => Promise<void>
}

/**
 * When all nodes were away the driver puts another `Host` in the place of the first that it finds again. It goes on
 * asking the one before, which its map of tokens names, connects to it again where a connection was lost, and forgets
 * it when it is shut down.
 */
export class LeftHosts {
  readonly #left = new Set<Host>()

  watch(client: Client): void {
    client.on('hostRemove', (host: Host) => this.#left.add(host))
  }

  /** When the client is shut down, which asks nobody any more. */
  async close(): Promise<void> {
    await Promise.allSettled(
      Array.from(this.#left, (host) => (host as unknown as Internals).shutdown?.(false)),
    )
  }
}
