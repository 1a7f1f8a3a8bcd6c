import type { RedisService } from '../addresses.js'
import { ensurePrograms } from '../install/programs.js'
import { askRedis } from '../ready/redis.js'
import { failedWithLog, until } from '../run/failure.js'
import type { Run } from '../run/run.js'
import { direct, redisNode } from './redis.js'

const masters = 3
const withinMs = 60_000

/** Three masters, each with a replica: `redis-1` to `redis-3` begin as masters. */
export function startRedisCluster(run: Run): Promise<RedisService> {
  return run.step('Redis Cluster, 3 masters and 3 replicas', async () => {
    const { redis, redisCli } = await ensurePrograms(['redis', 'redisCli'], run.progress)
    const nodes = await Promise.all(
      Array.from({ length: masters * 2 }, async (_, index) => {
        const [port = 0, busPort = 0] = await run.ports.takeSeveral(2)
        const settings = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)]
        settings.push('--cluster-node-timeout', '1500', '--repl-diskless-sync-delay', '0')
        return redisNode(run, redis, `redis-${index + 1}`, port, direct(port), settings)
      }),
    )
    await Promise.all(nodes.map((node) => node.start()))
    const hosts = nodes.map(({ address }) => address)
    await join(run, redisCli, hosts)
    await until('redis', 'the cluster was not whole', withinMs, async () => {
      const whole = await Promise.all(hosts.map(isWhole))
      return whole.every(Boolean)
    })
    return { url: `redis://${hosts[0]}`, hosts, nodes }
  })
}

async function join(run: Run, redisCli: string, hosts: readonly string[]): Promise<void> {
  const args = ['--cluster', 'create', ...hosts, '--cluster-replicas', '1', '--cluster-yes']
  const { succeeded, how, output } = await run.command('redis-create', redisCli, args)
  if (!succeeded) throw failedWithLog('redis', `could not form a cluster (${how}).`, output)
}

async function isWhole(host: string): Promise<boolean> {
  const info = await askRedis(host, 'CLUSTER INFO')
  const known = `cluster_known_nodes:${masters * 2}`
  if (!info.includes('cluster_state:ok') || !info.includes(known)) return false
  const replication = await askRedis(host, 'INFO replication')
  return /role:master\r\nconnected_slaves:1|master_link_status:up/.test(replication)
}
