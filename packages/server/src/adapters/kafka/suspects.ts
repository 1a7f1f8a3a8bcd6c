import type { ServerEnvironment } from '../../ports/environment.js'

export interface SuspectsOptions {
  readonly environment: Pick<ServerEnvironment, 'monotonicNow'>
  /** Whether the broker, `host:port`, answers on a connection of its own. Never rejects. */
  readonly probe: (address: string) => Promise<boolean>
  /** It does not: it is dead or frozen. */
  readonly onFrozen: (address: string) => void
  /** It does, and not on the connections that there are. */
  readonly onSilent: (address: string) => void
}

/**
 * Longer than a broker lets a commit wait for the others (`offsets.commit.timeout.ms`, 5 s): a connection that is
 * silent so long is broken.
 */
const SILENT_MS = 6_000

/**
 * Brokers that have not answered in time. One that is alive may only be waiting for another, which is dead and not
 * given up yet: to turn away from it would make a short stall a long one.
 */
export class Suspects {
  readonly #probes = new Map<string, Promise<boolean>>()
  readonly #silentSinceMs = new Map<string, number>()

  constructor(private readonly options: SuspectsOptions) {}

  answered(address: string): void {
    this.#silentSinceMs.delete(address)
  }

  /** A request was not answered in time. */
  async timedOut(address: string): Promise<void> {
    const { environment, onFrozen, onSilent } = this.options
    if (!this.#silentSinceMs.has(address)) {
      this.#silentSinceMs.set(address, environment.monotonicNow())
    }
    const isAlive = await this.isAlive(address)
    const sinceMs = this.#silentSinceMs.get(address)
    if (sinceMs === undefined) return
    if (!isAlive) {
      this.#silentSinceMs.delete(address)
      onFrozen(address)
    } else if (environment.monotonicNow() - sinceMs >= SILENT_MS) {
      this.#silentSinceMs.delete(address)
      onSilent(address)
    }
  }

  /** Asked once for all who want to know at the same time. */
  isAlive(address: string): Promise<boolean> {
    const asked = this.#probes.get(address)
    if (asked !== undefined) return asked
    const probe = this.options.probe(address).finally(() => this.#probes.delete(address))
    this.#probes.set(address, probe)
    return probe
  }
}

const SHUN_MS = 10_000

/**
 * Brokers that are not connected to for a while, because they are frozen. Never all of them: then it is the way to
 * them that is cut, and each may answer again at any moment.
 */
export class Shunned {
  readonly #untilMs = new Map<string, number>()

  constructor(
    private readonly environment: Pick<ServerEnvironment, 'monotonicNow'>,
    private readonly brokers: readonly string[],
  ) {}

  add(address: string): void {
    this.#untilMs.set(address, this.environment.monotonicNow() + SHUN_MS)
    if (this.brokers.every((broker) => this.has(broker))) this.#untilMs.clear()
  }

  has(address: string): boolean {
    return (this.#untilMs.get(address) ?? 0) > this.environment.monotonicNow()
  }
}
