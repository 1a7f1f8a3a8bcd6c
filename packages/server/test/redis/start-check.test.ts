import { afterEach, describe, expect, it } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { findingsOf, RedisUnsafe, readFacts } from '../../src/adapters/redis/start-check.js'
import { createClosers } from '../../src/cluster/closers.js'
import { openRedis } from '../../src/cluster/services.js'
import { loadConfig } from '../../src/config/load.js'
import { captureLog } from '../support/log.js'
import { useRedis } from './service.js'

const redis = useRedis()

async function set(maxmemory: string, policy: string): Promise<void> {
  const connection = await redis.connect({ allowUnsafe: true })
  await connection.ask((client) => client.config('SET', 'maxmemory', maxmemory))
  await connection.ask((client) => client.config('SET', 'maxmemory-policy', policy))
}
afterEach(() => set('0', 'noeviction'))

/** Connects and says with which warnings. */
async function warningsOf(options = {}): Promise<readonly string[]> {
  const warnings: string[] = []
  await redis.connect({ ...options, onWarning: (warning) => warnings.push(warning) })
  return warnings
}

describe('a Redis at the start', () => {
  it('is taken without a word when it throws nothing away', async () => {
    expect(await warningsOf()).toEqual([])
    await set('100mb', 'noeviction')
    expect(await warningsOf()).toEqual([])
  })

  it.each(['allkeys-lru', 'volatile-ttl'])(
    'is refused when it throws keys away (%s), with the remedy, and warned about where it is allowed',
    async (policy) => {
      await set('100mb', policy)
      const error: unknown = await redis.connect().catch((refused: unknown) => refused)
      expect(error).toBeInstanceOf(RedisUnsafe)
      expect((error as RedisUnsafe).message).toContain(`maxmemory-policy ${policy}`)
      expect((error as RedisUnsafe).remedy).toMatch(/noeviction.*allowUnsafeRedis/)
      const warnings = await warningsOf({ allowUnsafe: true })
      expect(warnings).toEqual([expect.stringMatching(/throws away.*noeviction/)])
    },
  )

  it('is warned about when it would throw keys away if it had a limit', async () => {
    await set('0', 'volatile-lru')
    expect(await warningsOf()).toEqual([expect.stringMatching(/once maxmemory is set/)])
  })

  it('is warned about when this user may not ask', async () => {
    const connection = await redis.connect()
    await connection.ask((client) =>
      client.call('ACL', 'SETUSER', 'guest', 'on', '>guest', '~*', '+@all', '-info'),
    )
    const url = new URL(redis.service().url ?? '')
    url.username = 'guest'
    url.password = 'guest'
    const warnings = await warningsOf({ url: url.href })
    expect(warnings).toEqual([expect.stringMatching(/does not say/)])
    expect(warnings.join()).not.toContain('guest')
  })

  it('is judged as the settings say', async () => {
    await set('100mb', 'allkeys-lfu')
    const open = async (allowUnsafeRedis: boolean) => {
      const captured = captureLog('info')
      const closers = createClosers()
      const config = loadConfig({
        name: 'the test',
        values: { redisUrl: redis.service().url, allowUnsafeRedis },
      })
      try {
        await openRedis({
          config,
          environment: nodeEnvironment,
          log: captured.log,
          closers,
          onTrouble: () => undefined,
          onFatal: () => undefined,
          onForgetful: () => undefined,
        })
      } finally {
        await closers.closeAll()
      }
      return captured.written
    }
    await expect(open(false)).rejects.toMatchObject({ remedy: expect.stringMatching(/noeviction/) })
    expect(await open(true)).toEqual([expect.stringMatching(/"level":40.*allkeys-lfu/)])
  })

  it('is refused when it is older than 7.0', () => {
    const old = readFacts(
      '# Server\r\nredis_version:6.2.14\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n',
    )
    expect(findingsOf('r:1', old)).toEqual([
      {
        message: expect.stringMatching(/r:1 is 6\.2\.14/),
        remedy: expect.any(String),
        harmless: false,
      },
    ])
    const newer = readFacts('redis_version:10.0.0\nmaxmemory:1\nmaxmemory_policy:noeviction\n')
    expect(findingsOf('r:1', newer)).toEqual([])
  })
})
