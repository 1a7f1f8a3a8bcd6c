import type { Client, Host } from 'cassandra-driver'

const ANY_QUERY = 'SELECT key FROM system.local'

/**
 * When all nodes were away the driver puts another `Host` in the place of the first that it finds again. It goes on
 * asking the one before, which its map of tokens names, and forgets to close its connections. Those of a node that
 * the policy leaves out are closed when that is asked for: so at the end the ones before are left out, and asked.
 */
export class LeftHosts {
  readonly #left = new Set<Host>()
  #isOver = false

  /** For the load balancing policy: whether a node is used. */
  readonly isUsed = (host: Host): boolean => !(this.#isOver && this.#left.has(host))

  watch(client: Client): void {
    client.on('hostRemove', (host: Host) => this.#left.add(host))
  }

  /** Before the client is shut down, which asks nobody any more. */
  async close(client: Client): Promise<void> {
    this.#isOver = true
    const asking = [...this.#left].map((host) => client.execute(ANY_QUERY, [], { host }))
    await Promise.allSettled(asking)
  }
}
