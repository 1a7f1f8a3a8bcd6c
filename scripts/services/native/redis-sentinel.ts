import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RedisService } from '../addresses.js'
import { ensurePrograms } from '../install/programs.js'
import { answersPing, askRedis } from '../ready/redis.js'
import { until } from '../run/failure.js'
import type { NativeNode } from '../run/node.js'
import type { Run } from '../run/run.js'
import { direct, redisNode } from './redis.js'

const masterName = 'tidings'
const sentinels = 3
const withinMs = 60_000

/** A master with one replica, and three sentinels that agree by two. */
export function startRedisSentinel(run: Run): Promise<RedisService> {
  return run.step('Redis with 3 sentinels', async () => {
    const { redis } = await ensurePrograms(['redis'], run.progress)
    const [masterPort = 0, replicaPort = 0] = await run.ports.takeSeveral(2)
    const quickly = ['--repl-diskless-sync-delay', '0']
    const master = await redisNode(
      run,
      redis,
      'redis-master',
      masterPort,
      direct(masterPort),
      quickly,
    )
    const following = ['--replicaof', `127.0.0.1 ${masterPort}`]
    const replica = await redisNode(run, redis, 'redis-replica', replicaPort, direct(replicaPort), [
      ...quickly,
      ...following,
    ])
    await master.start()
    await replica.start()
    await until('redis', 'the replica did not follow', withinMs, async () =>
      (await askRedis(replica.address, 'INFO replication')).includes('master_link_status:up'),
    )
    const watchers = await Promise.all(
      Array.from({ length: sentinels }, (_, index) =>
        sentinelNode(run, redis, index + 1, masterPort),
      ),
    )
    await Promise.all(watchers.map((node) => node.start()))
    const hosts = watchers.map(({ address }) => address)
    await until('redis', 'the sentinels did not find each other', withinMs, async () => {
      const found = await Promise.all(hosts.map(seesEverybody))
      return found.every(Boolean)
    })
    return {
      url: `redis://${master.address}`,
      hosts,
      sentinelName: masterName,
      nodes: [master, replica, ...watchers],
    }
  })
}

async function sentinelNode(
  run: Run,
  program: string,
  number: number,
  masterPort: number,
): Promise<NativeNode> {
  const name = `sentinel-${number}`
  const folder = await run.makeFolder(name)
  const port = await run.ports.take()
  // Sentinels keep what they learn in this file.
  const config = join(folder, 'sentinel.conf')
  await writeFile(
    config,
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${folder}`,
      `sentinel monitor ${masterName} 127.0.0.1 ${masterPort} 2`,
      `sentinel down-after-milliseconds ${masterName} 1000`,
      `sentinel failover-timeout ${masterName} 5000`,
      '',
    ].join('\n'),
  )
  return run.node({
    name,
    address: `127.0.0.1:${port}`,
    command: program,
    args: [config, '--sentinel'],
    options: { cwd: folder },
    readyWithinMs: 20_000,
    isReady: () => answersPing(`127.0.0.1:${port}`),
  })
}

async function seesEverybody(host: string): Promise<boolean> {
  const info = await askRedis(host, 'INFO sentinel')
  return info.includes(`status=ok`) && info.includes(`slaves=1,sentinels=${sentinels}`)
}
