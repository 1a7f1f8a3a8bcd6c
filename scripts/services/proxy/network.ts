/** A way that connections take, for tests that break it. */
export interface Network {
  /**
   * Nothing passes any more, in either direction; nobody is told, as when a cable is pulled. What was
   * under way arrives after `heal`. A new connection is accepted, but silent.
   */
  cut(): void
  /** Closes every connection at once; new ones work. */
  reset(): void
  /** Everything arrives this much later in each direction, in order. */
  slow(delayMs: number): void
  /** As if nothing had happened. */
  heal(): void
}

/** Several ways as one. */
export function together(networks: readonly Network[]): Network {
  const each = (does: (network: Network) => void) => () => networks.forEach(does)
  return {
    cut: each((network) => network.cut()),
    reset: each((network) => network.reset()),
    slow: (delayMs) => each((network) => network.slow(delayMs))(),
    heal: each((network) => network.heal()),
  }
}

/** The ways between the nodes of a cluster, each in both directions; nodes are counted from 1. */
export class PeerNetworks {
  readonly #ways: ReadonlyMap<string, Network>

  /** `way` gives that of the connections which one node opens to another. */
  constructor(
    readonly size: number,
    way: (from: number, to: number) => Network,
  ) {
    const all = Array.from({ length: size }, (_, index) => index + 1)
    const pairs = all.flatMap((from) => all.map((to) => [from, to] as const))
    const apart = pairs.filter(([from, to]) => from !== to)
    this.#ways = new Map(apart.map(([from, to]) => [`${from}-${to}`, way(from, to)]))
  }

  /** Between two nodes. */
  between(one: number, other: number): Network {
    return together(
      [...this.#ways]
        .filter(([name]) => name === `${one}-${other}` || name === `${other}-${one}`)
        .map(([, way]) => way),
    )
  }

  /** Between one node and all others. */
  around(node: number): Network {
    const ends = (name: string) => name.split('-').includes(String(node))
    return together([...this.#ways].filter(([name]) => ends(name)).map(([, way]) => way))
  }
}
