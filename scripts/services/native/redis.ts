import type { RedisService } from '../addresses.js'
import { ensurePrograms } from '../install/programs.js'
import { answersPing } from '../ready/redis.js'
import type { NativeNode } from '../run/node.js'
import type { Reach, Run } from '../run/run.js'
import { type Secured, writeCertificate } from '../run/secured.js'

const readyWithinMs = 20_000

/** One Redis without persistence: what it holds, Tidings can lose. */
export function startRedis(run: Run): Promise<RedisService> {
  return run.step('Redis', async () => {
    const { redis } = await ensurePrograms(['redis'], run.progress)
    const port = await run.ports.take()
    const { settings = [], secured } = run.secured ? await encrypted(run, run.secured) : {}
    const reach = await run.reach(`127.0.0.1:${port}`)
    const node = await redisNode(run, redis, 'redis', port, reach, settings)
    await node.start()
    return {
      url: `redis://${node.address}`,
      hosts: [node.address],
      nodes: [node],
      secured,
    }
  })
}

async function encrypted(run: Run, secured: Secured) {
  const { username, password } = secured
  const files = await writeCertificate(await run.makeFolder('redis'), secured)
  const port = await run.ports.take()
  const host = `127.0.0.1:${port}`
  const tls = [
    '--tls-port',
    String(port),
    '--tls-cert-file',
    files.cert,
    '--tls-key-file',
    files.key,
  ]
  const user = ['--user', username, 'on', `>${password}`, '~*', '&*', '+@all']
  return {
    settings: [...tls, '--tls-auth-clients', 'no', ...user],
    secured: { url: `rediss://${username}:${password}@${host}`, hosts: [host] },
  }
}

/** Cluster and Sentinel tell clients the nodes' own addresses, so there is no proxy in between. */
export const direct = (port: number): Reach => ({ address: `127.0.0.1:${port}` })

/** A server of any set-up; `settings` are lines of its configuration. */
export async function redisNode(
  run: Run,
  program: string,
  name: string,
  port: number,
  reach: Reach,
  settings: readonly string[] = [],
): Promise<NativeNode> {
  const folder = await run.makeFolder(name)
  const args = [
    '--port',
    port,
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
  ]
  return run.node({
    name,
    ...reach,
    command: program,
    args: [...args.map(String), ...settings],
    options: { cwd: folder },
    readyWithinMs,
    isReady: () => answersPing(`127.0.0.1:${port}`),
  })
}
