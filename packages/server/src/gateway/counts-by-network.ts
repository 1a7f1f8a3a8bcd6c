import { networkOf } from '../environment/network.js'

/** How many of something there are, in all and of each network. */
export class CountsByNetwork {
  readonly #counts = new Map<string, number>()
  total = 0

  of(address: string): number {
    return this.#counts.get(networkOf(address)) ?? 0
  }

  change(address: string, by: 1 | -1): void {
    const network = networkOf(address)
    const count = (this.#counts.get(network) ?? 0) + by
    this.total += by
    if (count > 0) this.#counts.set(network, count)
    else this.#counts.delete(network)
  }
}
