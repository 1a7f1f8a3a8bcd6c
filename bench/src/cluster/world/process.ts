import { fileURLToPath } from 'node:url'
import type { ClusterRole, ClusterSettings } from '../../../../scripts/cluster/options.js'
import { toVariables } from '../../../../scripts/cluster/settings.js'
import type { NativeNode } from '../../../../scripts/services/run/node.js'
import type { Run } from '../../../../scripts/services/run/run.js'
import { buildPeer } from '../../peers/build.js'
import { profiling } from '../../peers/peer.js'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const READY_WITHIN_MS = 90_000
const ASK_TIMEOUT_MS = 5_000

/** A process of `tidings serve`, bundled as an installed package is. */
export class RoleProcess {
  private constructor(
    readonly role: ClusterRole,
    private readonly node: NativeNode,
  ) {}

  /** Takes its port; it runs after `start`. */
  static async plan(run: Run, role: ClusterRole, number: number, settings: ClusterSettings) {
    const port = await run.ports.take()
    const address = `127.0.0.1:${port}`
    const cli = await buildPeer('../../../packages/server/src/cli.ts')
    const { PATH, HOME } = process.env
    const node = run.node({
      name: `${role}-${number}`,
      address,
      command: process.execPath,
      args: [...profiling(`${role}-${number}`), cli],
      options: {
        cwd: root,
        env: {
          PATH,
          HOME,
          ...toVariables({ ...settings, host: '127.0.0.1', port, roles: [role] }),
        },
      },
      readyWithinMs: READY_WITHIN_MS,
      isReady: async () => (await ask(`http://${address}/readyz`)).ok,
    })
    return new RoleProcess(role, node)
  }

  get name(): string {
    return this.node.name
  }

  get url(): string {
    return `http://${this.node.address}`
  }

  get pid(): number | undefined {
    return this.node.pid
  }

  get isRunning(): boolean {
    return this.node.isRunning
  }

  start(): Promise<void> {
    return this.node.start()
  }

  /** It drains, and hands over what it holds. */
  stop(): Promise<void> {
    return this.node.stop()
  }

  kill(): Promise<void> {
    return this.node.kill()
  }

  /** The partitions of the log that it folds now. */
  async partitionsHeld(): Promise<readonly number[]> {
    const text = await (await ask(`${this.url}/metrics`)).text()
    return [...text.matchAll(/^tidings_log_partition_held\{partition="(\d+)"\} 1$/gm)].map(
      ([, partition]) => Number(partition),
    )
  }
}

const ask = (url: string): Promise<Response> =>
  fetch(url, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) })
