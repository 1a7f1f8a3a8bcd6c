import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TcpProxy } from '../proxy/tcp-proxy.js'
import { NativeNode, type NodePlan } from './node.js'
import { Ports } from './ports.js'
import type { Secured } from './secured.js'
import { type ChildOptions, Supervisor } from './supervisor.js'

export type Progress = (line: string) => void

export interface RunOptions {
  readonly onProgress?: Progress | undefined
  /** Clients reach every node through a proxy, `node.network`, that can be cut and slowed. */
  readonly proxied?: boolean | undefined
  /** Services take encrypted connections too. */
  readonly secured?: Secured | undefined
}

export interface CommandResult {
  readonly succeeded: boolean
  /** Such as `exit code 1`, or the signal. */
  readonly how: string
  readonly output: string
}

export interface Reach {
  readonly address: string
  readonly network?: TcpProxy
}

export const folderPrefix = 'tidings-services-'

/** What one run owns: a folder for all data and logs, ports, and the processes. */
export class Run {
  readonly folder: string
  readonly ports = new Ports()
  readonly supervisor: Supervisor
  readonly progress: Progress
  readonly isProxied: boolean
  readonly secured: Secured | undefined
  readonly #proxies: TcpProxy[] = []

  private constructor(
    folder: string,
    { onProgress = () => {}, proxied = false, secured }: RunOptions,
  ) {
    this.folder = folder
    this.supervisor = new Supervisor(folder)
    this.progress = onProgress
    this.isProxied = proxied
    this.secured = secured
  }

  static async begin(options: RunOptions = {}): Promise<Run> {
    const folder = await mkdtemp(join(tmpdir(), folderPrefix))
    // PostgreSQL refuses to be root: its user must be able to reach its part of the folder.
    await chmod(folder, 0o711)
    return new Run(folder, options)
  }

  async makeFolder(...names: string[]): Promise<string> {
    const folder = join(this.folder, ...names)
    await mkdir(folder, { recursive: true })
    return folder
  }

  node(plan: Omit<NodePlan, 'log'>): NativeNode {
    return new NativeNode(this.supervisor, { ...plan, log: join(this.folder, `${plan.name}.log`) })
  }

  /** Where others reach what listens on `target`: there, or at a proxy in front of it. */
  async reach(target: string, host = '127.0.0.1', port?: number): Promise<Reach> {
    if (!this.isProxied) return { address: target }
    const network = await this.proxy(host, port ?? (await this.ports.take()), target)
    return { address: network.address, network }
  }

  /** A proxy that ends with the run. */
  async proxy(host: string, port: number, target: string): Promise<TcpProxy> {
    const proxy = await TcpProxy.open(host, port, target)
    this.#proxies.push(proxy)
    return proxy
  }

  /** Says what is being started, and how long it took. */
  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now()
    this.progress(`${title}: starting`)
    const result = await work()
    this.progress(`${title}: ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
    return result
  }

  /** Runs a command to its end; like the services it does not outlive the run. */
  async command(
    name: string,
    command: string,
    args: readonly string[],
    options: ChildOptions = {},
  ): Promise<CommandResult> {
    const log = join(this.folder, `${name}.log`)
    const { promise, resolve } = Promise.withResolvers<string>()
    await this.supervisor.spawn(name, command, args, options, log, resolve)
    const how = await this.supervisor.waitFor(promise)
    return { succeeded: how === 'exit code 0', how, output: await readFile(log, 'utf8') }
  }

  /** All data is temporary, so nothing is asked to stop politely. */
  async close(): Promise<void> {
    await this.supervisor.end()
    // Whoever was just starting something may have written once more.
    await rm(this.folder, { recursive: true, force: true })
    await Promise.all(this.#proxies.splice(0).map((proxy) => proxy.close()))
    this.ports.release()
  }
}
