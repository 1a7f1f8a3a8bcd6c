import { describe, expect, it } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createRedis, RedisAway } from '../../src/adapters/redis/connection.js'
import { parseHost } from '../../src/adapters/redis/options.js'
import { createRedisProcesses } from '../../src/adapters/redis/processes.js'
import { beforeTheNextTurn } from '../support/turn.js'
import { until } from '../support/wait.js'
import { useRedis } from './service.js'

const service = useRedis()
const environment = nodeEnvironment

describe('the connection to Redis', () => {
  it('says in one sentence what did not answer, without the password', async () => {
    const failing = createRedis({
      environment,
      url: 'redis://user:secret@127.0.0.1:1/0',
      startTimeoutMs: 200,
    })
    await expect(failing).rejects.toThrow(/Redis at 127\.0\.0\.1:1 did not answer within 200 ms/)
    await expect(failing).rejects.not.toThrow(/secret/)
    const sentinels = ['127.0.0.1:1']
    const lost = createRedis({ environment, sentinels, sentinelName: 'm', startTimeoutMs: 200 })
    await expect(lost).rejects.toThrow(/Redis at 127\.0\.0\.1:1 did not answer/)
    const cluster = createRedis({ environment, clusterNodes: ['127.0.0.1:1'], startTimeoutMs: 200 })
    await expect(cluster).rejects.toThrow(/Redis at 127\.0\.0\.1:1 did not answer/)
  })

  it('wants exactly one way to reach it, with addresses that are some', async () => {
    await expect(createRedis({ environment })).rejects.toThrow(/exactly one of/)
    const both = { url: 'redis://a:1', clusterNodes: ['a:1'] }
    await expect(createRedis({ environment, ...both })).rejects.toThrow(/exactly one of/)
    await expect(createRedis({ environment, sentinels: ['a:1'] })).rejects.toThrow(/sentinelName/)
    for (const text of ['', 'host', 'host:0', 'host:99999', 'a:b:1']) {
      expect(() => parseHost(text)).toThrow(/give host:port/)
    }
    expect(parseHost('[::1]:6379')).toEqual({ host: '::1', port: 6379 })
  })

  it('does not take another database than the one that was named', async () => {
    const address = new URL(service.service().url)
    address.pathname = '/9999'
    const wrong = createRedis({ environment, url: String(address), startTimeoutMs: 5_000 })
    await expect(wrong).rejects.toThrow(
      /refuses the database that its address ends in \(.*out of range\)/,
    )
  })

  it('a command that Redis refuses is no reason to think that it is away', async () => {
    const redis = await service.connect()
    for (let i = 0; i < 10; i++) {
      await expect(redis.ask((client) => client.call('NOSUCHCOMMAND'))).rejects.toThrow(RedisAway)
    }
    expect(redis.isAway).toBe(false)
  })

  it('I7: more commands than may be under way fail at once', async () => {
    const redis = await service.connect({ maxInFlight: 5 })
    const settled = await Promise.allSettled(
      Array.from({ length: 20 }, () => redis.ask((client) => client.exists('a'))),
    )
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
    expect(await redis.ask((client) => client.exists('a'))).toBe(0)
  })

  it('while Redis is frozen commands fail within the deadline, then at once, and go through when it is back', async () => {
    const redis = await service.connect({ commandTimeoutMs: 100 })
    await service.node().freeze()
    try {
      for (let i = 0; i < 3; i++) {
        await expect(redis.ask((client) => client.exists('a'))).rejects.toThrow(RedisAway)
      }
      const asked: unknown[] = []
      const refused = redis.ask(async (client) => asked.push(client))
      await expect(beforeTheNextTurn(refused)).rejects.toThrow(/not answered lately/)
      expect(asked).toEqual([])
    } finally {
      await service.node().thaw()
    }
    await until('it is asked again', () => !redis.isAway)
    expect(await redis.ask((client) => client.exists('a'))).toBe(0)
  })

  it('after a restart it connects again by itself, and scripts are there again', async () => {
    const troubles: unknown[] = []
    const redis = await service.connect({ onTrouble: (error) => troubles.push(error) })
    const processes = createRedisProcesses(redis)
    await processes.renew({ processId: 'p1', address: '' })
    await redis.ask((client) => client.script('FLUSH'))
    await processes.renew({ processId: 'p1', address: '' })
    await service.node().kill()
    await expect(processes.renew({ processId: 'p1', address: '' })).rejects.toThrow(RedisAway)
    await until('it is told', () => troubles.length > 0)
    await service.node().start()
    await until('it answers again', () =>
      processes.renew({ processId: 'p1', address: '' }).then(
        () => true,
        () => false,
      ),
    )
    // another server may know less than was acknowledged
    expect((await processes.list()).complete).toBe(false)
  })

  it('closed, it leaves nothing behind and answers nobody', async () => {
    const redis = await service.connect()
    await redis.close()
    await redis.close()
    await expect(redis.ask((client) => client.exists('a'))).rejects.toThrow(/closed/)
  })
})
