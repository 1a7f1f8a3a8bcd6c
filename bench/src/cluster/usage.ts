import { cpuSeconds } from '../cpu.js'
import type { ClusterWorld } from './world/world.js'

/** What is ours, of the parts that `Usage` tells apart. */
export const ROLES = ['gateway', 'sequencer', 'api'] as const

/** Processor time of all processes of a cluster, from now on. */
export class Usage {
  readonly #before: ReadonlyMap<string, number>
  readonly #own = process.cpuUsage()

  /** @param clients processes of somebody else, told as `client` */
  constructor(
    private readonly world: ClusterWorld,
    private readonly clients: readonly number[] = [],
  ) {
    this.#before = this.#read()
  }

  /** Microseconds for each message, by part; `load` is this process. */
  perMessage(messages: number): Readonly<Record<string, number>> {
    const figures: Record<string, number> = {}
    for (const [part, seconds] of this.#read()) {
      figures[part] = ((seconds - (this.#before.get(part) ?? 0)) * 1_000_000) / messages
    }
    const { user, system } = process.cpuUsage(this.#own)
    return { ...figures, load: (user + system) / messages }
  }

  #read(): ReadonlyMap<string, number> {
    return new Map(
      [...this.world.processIds(), ['client', this.clients] as const]
        .filter(([, pids]) => pids.length > 0)
        .map(([part, pids]) => [part, pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)]),
    )
  }
}

export const sumOf = (
  figures: Readonly<Record<string, number>>,
  parts: readonly string[],
): number => parts.reduce((sum, part) => sum + (figures[part] ?? 0), 0)
