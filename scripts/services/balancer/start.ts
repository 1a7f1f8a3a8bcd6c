import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { ensureEnvoy } from '../install/envoy.js'
import { ensurePrograms } from '../install/programs.js'
import type { ServiceNode } from '../run/node.js'
import { type Progress, Run } from '../run/run.js'
import { envoyConfig } from './envoy.js'
import { haproxyConfig } from './haproxy.js'
import type { Route } from './routes.js'

export interface LoadBalancer {
  /** `host:port`. */
  readonly address: string
  readonly node: ServiceNode
  close(): Promise<void>
}

export interface LoadBalancerWanted {
  /** @default 'haproxy' */
  readonly kind?: 'haproxy' | 'envoy' | undefined
  /** @default a free one */
  readonly port?: number | undefined
  readonly routes: readonly Route[]
  /** A configuration for Envoy in YAML, instead of one that is made from the routes. */
  readonly envoy?: ((port: number) => string) | undefined
  readonly onProgress?: Progress
}

/** Starts a load balancer in front of servers that may start later. It ends with this process. */
export async function startLoadBalancer({
  kind = 'haproxy',
  port: wantedPort,
  routes,
  envoy,
  onProgress,
}: LoadBalancerWanted): Promise<LoadBalancer> {
  const run = await Run.begin({ onProgress })
  try {
    const node = await run.step(kind === 'envoy' ? 'Envoy' : 'HAProxy', async () => {
      const port = wantedPort ?? (await run.ports.take())
      const { command, args } = await plan(kind, run, port, routes, envoy)
      const started = run.node({
        name: kind,
        address: `127.0.0.1:${port}`,
        command,
        args,
        options: { cwd: run.folder },
        readyWithinMs: 20_000,
        isReady: () => accepts(port),
      })
      await started.start()
      return started
    })
    return { address: node.address, node, close: () => run.close() }
  } catch (error) {
    await run.close()
    throw error
  }
}

async function plan(
  kind: 'haproxy' | 'envoy',
  run: Run,
  port: number,
  routes: readonly Route[],
  envoy: LoadBalancerWanted['envoy'],
) {
  if (kind === 'envoy') {
    // JSON is YAML too.
    const config = join(run.folder, 'envoy.yaml')
    await writeFile(config, envoy?.(port) ?? envoyConfig(port, routes))
    // Hot restarts share memory by number with every other Envoy of the machine.
    const args = ['-c', config, '--concurrency', '1', '--disable-hot-restart', '-l', 'warning']
    return { command: await ensureEnvoy(run), args }
  }
  const config = join(run.folder, 'haproxy.cfg')
  await writeFile(config, haproxyConfig(port, routes))
  const { haproxy } = await ensurePrograms(['haproxy'], run.progress)
  return { command: haproxy, args: ['-db', '-f', config] }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
