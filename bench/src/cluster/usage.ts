import { cpuSeconds } from '../cpu.js'
import type { ClusterWorld } from './world/world.js'

/** What is ours, of the parts that `Usage` tells apart. */
export const ROLES = ['gateway', 'sequencer', 'api'] as const

/** Processor time of all processes of a cluster, from now on. */
export class Usage {
  readonly #before: ReadonlyMap<string, number>
  readonly #own = process.cpuUsage()

  constructor(private readonly world: ClusterWorld) {
    this.#before = read(world)
  }

  /** Microseconds for each message, by part; `load` is this process. */
  perMessage(messages: number): Readonly<Record<string, number>> {
    const figures: Record<string, number> = {}
    for (const [part, seconds] of read(this.world)) {
      figures[part] = ((seconds - (this.#before.get(part) ?? 0)) * 1_000_000) / messages
    }
    const { user, system } = process.cpuUsage(this.#own)
    return { ...figures, load: (user + system) / messages }
  }
}

const read = (world: ClusterWorld): ReadonlyMap<string, number> =>
  new Map(
    [...world.processIds()]
      .filter(([, pids]) => pids.length > 0)
      .map(([part, pids]) => [part, pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)]),
  )

export const sumOf = (
  figures: Readonly<Record<string, number>>,
  parts: readonly string[],
): number => parts.reduce((sum, part) => sum + (figures[part] ?? 0), 0)
