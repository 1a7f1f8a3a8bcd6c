import type { AcceptanceOptions } from '../../../packages/server/src/acceptance/options.js'
import {
  createMemoryNodeLeases,
  createMemoryRateLimiter,
  createMemoryTokenRevocation,
} from '../../../packages/server/src/adapters/memory/limits.js'
import { type Core, type CorePorts, createCore } from '../../../packages/server/src/core.js'
import { createFanOut } from '../../../packages/server/src/fan-out/fan-out.js'
import type { GatewayMetrics } from '../../../packages/server/src/gateway/metrics.js'
import type { GatewayOptions } from '../../../packages/server/src/gateway/options.js'
import type { LogSubscription } from '../../../packages/server/src/ports/command-log.js'
import { createSentMarks } from '../../../packages/server/src/receipts/sent-marks.js'
import type { BatchCounts } from '../../../packages/server/src/sequencer/batch.js'
import { createSequencer } from '../../../packages/server/src/sequencer/run.js'
import type { WorldBus } from './bus.js'
import type { WorldDirectory } from './directory.js'
import type { Line } from './line.js'
import type { WorldLog } from './log.js'
import type { WorldPresence } from './presence.js'
import { Process, type ServerClock } from './process.js'
import { Random } from './random.js'
import type { WorldReceipts } from './receipts.js'
import type { WorldRoutes } from './routes.js'
import type { Scheduler } from './scheduler.js'
import type { WorldStore } from './store.js'
import type { Tokens } from './tokens.js'

export interface ServerOptions {
  readonly seed: number
  /** Log and process live and die together, as in the embedded server. */
  readonly isEmbedded: boolean
  readonly commitLagMs: number
  readonly maxBatchRecords: number
  readonly gateway: GatewayOptions
  readonly acceptance: AcceptanceOptions
}

/** Everything that outlives a process. */
export interface Surroundings {
  readonly scheduler: Scheduler
  readonly clock: ServerClock
  readonly log: WorldLog
  readonly store: WorldStore
  readonly directory: WorldDirectory
  readonly bus: WorldBus
  readonly routes: WorldRoutes
  readonly tokens: Tokens
  readonly presence: WorldPresence
  readonly receipts: WorldReceipts
}

export interface ServerObserver {
  readonly metrics: GatewayMetrics
  started(process: Process, generation: number): void
  batch(process: Process, counts: BatchCounts): void
  trouble(where: string, error: unknown): void
  fatal(error: Error): void
  crashed(): void
}

/** The server of a world: one process at a time, killed and started again, over what outlives it. */
export class Server {
  #process: Process | undefined
  #core: Core | undefined
  readonly #lines = new Set<Line>()
  readonly #overlaps = new Set<() => void>()
  readonly #leases = createMemoryNodeLeases()
  #starts = 0
  #sequencers = 0
  #isStarting = false
  #isStopping = false

  constructor(
    private readonly options: ServerOptions,
    private readonly around: Surroundings,
    private readonly observer: ServerObserver,
  ) {}

  get core(): Core | undefined {
    return this.#core
  }

  get process(): Process | undefined {
    return this.#process
  }

  get isUp(): boolean {
    return this.#core !== undefined
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  get lines(): ReadonlySet<Line> {
    return this.#lines
  }

  /** A client comes. */
  connect(line: Line, remoteAddress: string): void {
    for (const other of this.#lines) if (other.isOver) this.#lines.delete(other)
    const core = this.#core
    if (core === undefined) return line.refuse()
    this.#lines.add(line)
    line.accept(
      core.gateway.accept(line.server, { remoteAddress, origin: undefined, token: undefined }),
      'tidings.v1',
    )
  }

  /** Starts a process; in the embedded server with a log of its own. */
  async start(): Promise<void> {
    if (this.#process !== undefined || this.#isStarting) return
    this.#isStarting = true
    const { log, scheduler, clock } = this.around
    if (this.options.isEmbedded || !log.isBegun) log.begin()
    this.#starts += 1
    const id = `p${this.#starts}`
    const process = new Process(id, scheduler, this.#random(id), clock)
    this.#process = process
    const core = createCore(await this.#ports(process), {
      processId: id,
      acceptance: this.options.acceptance,
      gateway: this.options.gateway,
      gatewayMetrics: this.observer.metrics,
      commitLagMs: this.options.commitLagMs,
      maxBatchRecords: this.options.maxBatchRecords,
      onBatch: (_, counts) => this.observer.batch(process, counts),
      onTrouble: (where, error) => this.observer.trouble(where, error),
      onFatal: (error) => {
        this.observer.fatal(error)
        this.crash('kill')
      },
    })
    this.#isStarting = false
    try {
      await core.start()
    } catch (error) {
      if (!process.isDead) {
        this.#process = undefined
        process.die()
      }
      throw error
    }
    if (process.isDead) return
    this.#core = core
    this.observer.started(process, log.generation)
  }

  /** `kill`: its peers see their connections end. `power`: they hear nothing any more. */
  crash(how: 'kill' | 'power'): void {
    const process = this.#process
    if (process === undefined) return
    this.#process = undefined
    this.#core = undefined
    process.die()
    for (const line of this.#lines) {
      if (how === 'power') line.block('both')
      else line.cut()
      line.abandon()
    }
    this.#lines.clear()
    this.observer.crashed()
  }

  /** Ends it in good order; resolves to what it left behind. */
  async stop(drainTimeoutMs: number): Promise<readonly string[]> {
    const process = this.#process
    const core = this.#core
    if (process === undefined || core === undefined || this.#isStopping) return []
    this.#isStopping = true
    process.onDeath(() => {
      this.#isStopping = false
    })
    await core.close({ drainTimeoutMs })
    if (process.isDead) return []
    const left = process.timers()
    this.#process = undefined
    this.#core = undefined
    process.die()
    for (const line of this.#lines) line.cut()
    this.#lines.clear()
    return left
  }

  /** Another sequencer reads the same partition and does not know of the first. */
  overlap(partition: number): { readonly process: Process; readonly end: () => void } {
    const { log, store, bus, routes, receipts, scheduler, clock } = this.around
    this.#sequencers += 1
    const id = `s${this.#sequencers}`
    const process = new Process(id, scheduler, this.#random(id), clock)
    const sentMarks = createSentMarks({
      environment: process.environment,
      receipts: receipts.open(process),
      onError: (error) => this.observer.trouble(id, error),
    })
    const fanOut = createFanOut({
      environment: process.environment,
      bus: bus.open(process),
      routes: routes.open(process),
      afterStored: sentMarks.stored,
    })
    const sequencer = createSequencer({
      store: store.open(process, log.generation),
      marks: store.openMarks(process),
      environment: process.environment,
      announcer: fanOut,
      commitLagMs: this.options.commitLagMs,
      maxBatchRecords: this.options.maxBatchRecords,
      onBatch: (_, counts) => this.observer.batch(process, counts),
      onAlarm: (_, alarm) => this.observer.fatal(alarm),
      onUnknown: () => process.die(),
      onTrouble: (_, error) => this.observer.trouble(id, error),
    })
    const subscription: LogSubscription = log.controls.overlap(
      partition,
      log.reader(process, sequencer),
    )
    const end = (): void => {
      this.#overlaps.delete(end)
      void fanOut.close()
      process.die()
      void subscription.close()
    }
    this.#overlaps.add(end)
    return { process, end }
  }

  /** Whoever restores a store stops everything that writes to it. */
  endOverlaps(): void {
    for (const end of [...this.#overlaps]) end()
  }

  async #ports(process: Process): Promise<CorePorts> {
    const { log, store, directory, bus, routes, tokens, presence, receipts } = this.around
    const { environment } = process
    const lease = await this.#leases.acquire()
    process.onDeath(() => void lease.release())
    return {
      environment,
      log: log.open(process),
      store: store.open(process, log.generation),
      // in the embedded server log and process end together
      ...(!this.options.isEmbedded && { marks: store.openMarks(process) }),
      directory: directory.open(process),
      bus: bus.open(process),
      routes: routes.open(process),
      limiter: createMemoryRateLimiter(environment),
      revocation: createMemoryTokenRevocation(environment),
      lease,
      authenticator: tokens.authenticator(process),
      presence: presence.open(process),
      receipts: receipts.open(process),
    }
  }

  #random(id: string): Random {
    return new Random(this.options.seed, `process ${id}`)
  }
}
