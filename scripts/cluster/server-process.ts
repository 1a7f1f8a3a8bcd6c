import { fileURLToPath } from 'node:url'
import type { NativeNode } from '../services/run/node.js'
import type { Run } from '../services/run/run.js'
import type { ClusterProcess, ClusterRole, ClusterSettings } from './options.js'
import { toVariables } from './settings.js'
import { openWays, type ProcessWays } from './ways.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const readyWithinMs = 90_000
const askTimeoutMs = 3_000

const programs = {
  source: ['--conditions=tidings-source', '--import', 'tsx', 'packages/server/src/cli.ts'],
  build: ['packages/server/dist/cli.js'],
} as const

export interface ProcessPlan {
  readonly role: ClusterRole
  readonly number: number
  readonly from: keyof typeof programs
  readonly settings: ClusterSettings
  readonly env: Readonly<Record<string, string>>
}

/** A process of `tidings serve`, as an operator starts it. */
export class ServerProcess implements ClusterProcess {
  readonly role: ClusterRole
  readonly ways: ProcessWays | undefined
  readonly #node: NativeNode

  private constructor(role: ClusterRole, node: NativeNode, ways: ProcessWays | undefined) {
    this.role = role
    this.ways = ways
    this.#node = node
  }

  /** Takes its port; it runs after `restart`. */
  static async plan(run: Run, { role, number, from, settings, env }: ProcessPlan) {
    const port = await run.ports.take()
    const address = `127.0.0.1:${port}`
    const own = run.isProxied ? await openWays(run, role, number, address) : undefined
    const node = run.node({
      name: `${role}-${number}`,
      address,
      command: process.execPath,
      args: [...programs[from], 'serve'],
      options: {
        cwd: root,
        env: {
          ...inherited(),
          ...env,
          ...own?.env,
          ...toVariables({
            host: '127.0.0.1',
            port,
            roles: [role],
            ...own?.settings,
            ...settings,
          }),
        },
      },
      readyWithinMs,
      isReady: () => isReady(address),
      ...(own && { network: own.ways.front, otherWays: [own.ways.bus] }),
    })
    return new ServerProcess(role, node, own?.ways)
  }

  get name(): string {
    return this.#node.name
  }

  get url(): string {
    return `http://${this.#node.address}`
  }

  /** Where the load balancer reaches it, `host:port`. */
  get frontAddress(): string {
    return this.ways?.front.address ?? this.#node.address
  }

  get isRunning(): boolean {
    return this.#node.isRunning
  }

  get pid(): number | undefined {
    return this.#node.pid
  }

  get ended(): string | undefined {
    return this.#node.ended
  }

  kill(): Promise<void> {
    return this.#node.kill()
  }

  term(): Promise<void> {
    // without sockets to send away it stops to listen at once: from then on nothing may be accepted in its name
    if (this.role !== 'gateway') this.ways?.front.refuse()
    return this.#node.stop()
  }

  freeze(): Promise<void> {
    return this.#node.freeze()
  }

  thaw(): Promise<void> {
    return this.#node.thaw()
  }

  async restart(): Promise<void> {
    await this.term()
    await this.#node.start()
  }

  readLog(): Promise<string> {
    return this.#node.readLog()
  }
}

/** Only what every program needs: settings in a developer's environment are not for this cluster. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ']
  return Object.fromEntries(
    names.flatMap((name) => [[name, process.env[name] ?? '']]).filter(([, value]) => value),
  )
}

async function isReady(address: string): Promise<boolean> {
  const signal = AbortSignal.timeout(askTimeoutMs)
  const answer = await fetch(`http://${address}/readyz`, { signal })
  await answer.body?.cancel()
  return answer.ok
}
