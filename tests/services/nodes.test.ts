import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningServices, startServices } from '../../scripts/services/index.js'
import { answersSql } from '../../scripts/services/ready/postgres.js'
import { answersPing } from '../../scripts/services/ready/redis.js'
import { native } from './support/native.js'

describe('a node of a service', () => {
  let services: RunningServices<{ redis: 'single'; postgres: true }>
  beforeAll(async () => {
    services = await startServices({ redis: 'single', postgres: true }, native)
  })
  afterAll(() => services.close())

  const redis = () => services.redis.nodes[0] ?? expect.fail('no node')
  const postgres = () => services.postgres.nodes[0] ?? expect.fail('no node')
  const redisAnswers = () => answersPing(redis().address).catch(() => false)

  it.for(['kill', 'stop'] as const)(
    'does not answer after %s, and again after start',
    async (how) => {
      await redis()[how]()
      expect([redis().isRunning, redis().pid, await redisAnswers()]).toEqual([
        false,
        undefined,
        false,
      ])
      await redis().start()
      expect([redis().isRunning, await redisAnswers()]).toEqual([true, true])
    },
  )

  it('keeps its data over a kill', async () => {
    const query = async (sql: string) => {
      const client = new pg.Client({ connectionString: services.postgres.url })
      await client.connect()
      return client.query(sql).finally(() => client.end())
    }
    await query('CREATE TABLE kept AS SELECT 7 AS seven')
    await postgres().kill()
    await postgres().start()
    expect((await query('SELECT * FROM kept')).rows).toEqual([{ seven: 7 }])
  })

  it('is silent while frozen, with all the processes that it has', async () => {
    await postgres().freeze()
    await expect(answersSql(services.postgres.url)).rejects.toThrow(/timeout/)
    await postgres().thaw()
    expect(await answersSql(services.postgres.url)).toBe(true)
  })

  it('is killed also while frozen', async () => {
    await redis().freeze()
    await redis().kill()
    expect(redis().isRunning).toBe(false)
    await redis().start()
    expect(await redisAnswers()).toBe(true)
  })

  it('cannot be started twice', async () => {
    await expect(redis().start()).rejects.toThrow('redis is running already')
  })

  it('shows its log', async () => {
    expect(await redis().readLog()).toContain('Ready to accept connections')
  })
})
