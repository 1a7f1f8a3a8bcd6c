import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Network } from '../proxy/network.js'
import type { TcpProxy } from '../proxy/tcp-proxy.js'
import { failedWithLog, type ServiceFailed } from './failure.js'
import type { ChildOptions, Supervisor } from './supervisor.js'

interface Life {
  readonly ended: Promise<string>
  how?: string
  pid?: number | undefined
}

const pollMs = 50
const stopWithinMs = 30_000

/** One process of a service, and what a test may do to it. Each promise resolves when it has happened. */
export interface ServiceNode {
  /** Such as `kafka-1`, `cassandra-3`, `redis-master`. */
  readonly name: string
  /** Where clients reach it, `host:port`. */
  readonly address: string
  readonly isRunning: boolean
  /** Of its process, while it runs on this machine. */
  readonly pid?: number | undefined
  /** How its process ended, such as `exit code 0` or `SIGKILL`; undefined while it runs. */
  readonly ended?: string | undefined
  /** The way from clients to this node, where the run is `proxied`. */
  readonly network?: TcpProxy | undefined
  /** The way between this node and its peers, from and to (Kafka and Cassandra), where the run is `proxied`. */
  readonly peerNetwork?: Network | undefined
  /** `kill -9`. */
  kill(): Promise<void>
  /** `SIGTERM`, then wait until it has ended; killed after 30 s. */
  stop(): Promise<void>
  /** Starts it again on its data after `kill` or `stop`, and waits until it answers. */
  start(): Promise<void>
  /** `SIGSTOP`: its sockets stay open and nothing answers. */
  freeze(): Promise<void>
  /** `SIGCONT`. */
  thaw(): Promise<void>
  /** What it has logged since the run began. */
  readLog(): Promise<string>
}

export interface NodePlan {
  readonly name: string
  readonly address: string
  readonly network?: TcpProxy | undefined
  readonly peerNetwork?: Network | undefined
  /** More proxies that lead to it and to nothing else: like `network` they refuse while it does not run. */
  readonly otherWays?: readonly TcpProxy[] | undefined
  readonly log: string
  readonly command: string
  readonly args: readonly string[]
  readonly options?: ChildOptions
  readonly readyWithinMs: number
  /** True when it answers; a throw means not yet. */
  readonly isReady: () => Promise<boolean>
}

export class NativeNode implements ServiceNode {
  readonly #supervisor: Supervisor
  readonly #plan: NodePlan
  #life: Life | undefined

  constructor(supervisor: Supervisor, plan: NodePlan) {
    this.#supervisor = supervisor
    this.#plan = plan
  }

  get name(): string {
    return this.#plan.name
  }

  get address(): string {
    return this.#plan.address
  }

  get network(): TcpProxy | undefined {
    return this.#plan.network
  }

  get peerNetwork(): Network | undefined {
    return this.#plan.peerNetwork
  }

  get isRunning(): boolean {
    return this.#life !== undefined && this.#life.how === undefined
  }

  get pid(): number | undefined {
    return this.isRunning ? this.#life?.pid : undefined
  }

  get ended(): string | undefined {
    return this.#life?.how
  }

  async start(): Promise<void> {
    await this.launch()
    await this.answers()
  }

  /** Starts the process without waiting for an answer, for nodes that answer only together. */
  async launch(): Promise<void> {
    if (this.isRunning) throw new Error(`${this.name} is running already`)
    const { command, args, options = {}, log } = this.#plan
    const { promise, resolve } = Promise.withResolvers<string>()
    const life: Life = { ended: promise }
    this.#life = life
    await Promise.all(this.#ways.map((way) => way.accept()))
    life.pid = await this.#supervisor.spawn(this.name, command, args, options, log, (how) => {
      life.how = how
      for (const way of this.#ways) way.refuse()
      resolve(how)
    })
  }

  async answers(): Promise<void> {
    const { readyWithinMs, isReady } = this.#plan
    const deadline = performance.now() + readyWithinMs
    while (!(await isReady().catch(() => false))) {
      if (!this.isRunning) {
        throw await this.#failed(`ended (${this.#life?.how}) before it answered.`)
      }
      if (performance.now() > deadline) {
        throw await this.#failed(`did not answer within ${readyWithinMs / 1000} s.`)
      }
      await delay(pollMs)
    }
  }

  async kill(): Promise<void> {
    const life = this.#life
    await this.#signal('SIGKILL')
    if (life) await this.#supervisor.waitFor(life.ended)
  }

  async stop(): Promise<void> {
    const ended = this.#life?.ended
    await this.#signal('SIGTERM')
    const timeout = new AbortController()
    const late = delay(stopWithinMs, 'late', { signal: timeout.signal }).catch(() => 'in time')
    const first = await Promise.race([ended, late])
    timeout.abort()
    if (first === 'late') await this.kill()
  }

  async freeze(): Promise<void> {
    await this.#signal('SIGSTOP')
  }

  async thaw(): Promise<void> {
    await this.#signal('SIGCONT')
  }

  readLog(): Promise<string> {
    return readFile(this.#plan.log, 'utf8')
  }

  async #failed(reason: string): Promise<ServiceFailed> {
    return failedWithLog(this.name, reason, await this.readLog().catch(() => ''))
  }

  get #ways(): readonly TcpProxy[] {
    const { network, otherWays = [] } = this.#plan
    return network === undefined ? otherWays : [network, ...otherWays]
  }

  async #signal(signal: NodeJS.Signals): Promise<void> {
    if (this.isRunning) await this.#supervisor.signal(this.name, signal)
  }
}
