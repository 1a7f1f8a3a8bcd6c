import { describe, expect, it } from 'vitest'
import {
  createRedisTokenRevocation,
  type RedisTokenRevocationOptions,
} from '../../src/adapters/redis/token-revocation.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'
import { until } from '../support/wait.js'
import { useRedis } from './service.js'

const service = useRedis()

/** Revocation as one process has it, on a clock of its own. */
async function process(keyPrefix: string, options: Partial<RedisTokenRevocationOptions> = {}) {
  const redis = await service.connect({ keyPrefix })
  const environment = createVirtualEnvironment({ now: Date.now() })
  const revocation = createRedisTokenRevocation(redis, { environment, ...options })
  let asked = 0
  const ask = redis.ask.bind(redis)
  redis.ask = (command) => {
    asked++
    return ask(command)
  }
  const untilMs = () => environment.now() + 900_000
  return { redis, environment, revocation, untilMs, asked: () => asked }
}

describe('revoked tokens in Redis', () => {
  it('are refused in every process: at once where nothing was asked before, else within two seconds', async () => {
    const keyPrefix = service.newPrefix()
    const [here, there] = [await process(keyPrefix), await process(keyPrefix)]
    expect(await there.revocation.isRevoked('known')).toBe(false)
    for (const jti of ['known', 'new']) await here.revocation.revoke(jti, here.untilMs())
    expect(await there.revocation.isRevoked('new')).toBe(true)
    await there.environment.advance(2_001)
    expect(await there.revocation.isRevoked('known')).toBe(true)
    here.revocation.close()
    there.revocation.close()
  })

  it('a check costs nothing while the last one counts, and one question however many ask at once', async () => {
    const { revocation, environment, asked } = await process(service.newPrefix())
    await Promise.all(Array.from({ length: 50 }, () => revocation.isRevoked('token')))
    expect(asked()).toBe(1)
    for (let i = 0; i < 50; i++) await revocation.isRevoked('token')
    expect(asked()).toBe(1)
    await environment.advance(2_001)
    await revocation.isRevoked('token')
    expect(asked()).toBe(2)
    revocation.close()
  })

  it('a revocation ends with its token, here and in Redis', async () => {
    const { revocation, environment, redis } = await process(service.newPrefix())
    await revocation.revoke('token', environment.now() + 200)
    await revocation.revoke('ended', environment.now() - 1)
    expect(await revocation.isRevoked('token')).toBe(true)
    expect(await revocation.isRevoked('ended')).toBe(false)
    await environment.advance(201)
    const key = redis.keys.of('revoked', 'token')
    await until('the key is gone', async () => (await redis.ask((c) => c.exists(key))) === 0)
    expect(await revocation.isRevoked('token')).toBe(false)
    revocation.close()
  })

  it.each([
    ['allow', false],
    ['refuse', true],
  ] as const)(
    'while Redis is away what is known to be revoked stays so, of the rest it is told to %s',
    async (whenAway, expected) => {
      let unchecked = 0
      const { revocation, untilMs } = await process(service.newPrefix(), {
        whenAway,
        onUnchecked: () => unchecked++,
      })
      await revocation.revoke('known', untilMs())
      await service.node().kill()
      try {
        expect(await revocation.isRevoked('known')).toBe(true)
        expect(await revocation.isRevoked('unknown')).toBe(expected)
        expect(unchecked).toBe(1)
      } finally {
        await service.node().start()
      }
      revocation.close()
    },
  )

  it('a revocation waits for Redis to come back, holds here meanwhile, and is refused when it takes too long', async () => {
    const keyPrefix = service.newPrefix()
    const { revocation, environment, untilMs } = await process(keyPrefix)
    const patient = await process(keyPrefix, { revokeTimeoutMs: 600_000 })
    await service.node().kill()
    const refused = revocation.revoke('one', untilMs())
    const settled = expect(refused).rejects.toThrow(/Redis/)
    expect(await revocation.isRevoked('one')).toBe(true)
    await environment.advance(6_000)
    await settled
    let done = false
    const waiting = patient.revocation.revoke('two', untilMs()).then(() => {
      done = true
    })
    await service.node().start()
    await until('it is written', async () => {
      await patient.environment.advance(100)
      return done
    })
    await waiting
    const key = patient.redis.keys.of('revoked', 'two')
    expect(await patient.redis.ask((client) => client.exists(key))).toBe(1)
    revocation.close()
    patient.revocation.close()
  })

  it('what a process has revoked is brought back after Redis has lost it', async () => {
    const keyPrefix = service.newPrefix()
    const [here, there] = [await process(keyPrefix), await process(keyPrefix)]
    await here.revocation.revoke('token', here.untilMs())
    await here.redis.ask((client) => client.flushall())
    expect(await there.revocation.isRevoked('token')).toBe(false)
    await until('it is back', async () => {
      await here.environment.advance(5_000)
      await there.environment.advance(5_000)
      return there.revocation.isRevoked('token')
    })
    here.revocation.close()
    there.revocation.close()
  })

  it('the same after Redis has come back without its last moments', async () => {
    const keyPrefix = service.newPrefix()
    const [here, there] = [await process(keyPrefix), await process(keyPrefix)]
    await here.revocation.revoke('first', here.untilMs())
    await here.redis.ask((client) => client.save())
    await here.revocation.revoke('last', here.untilMs())
    await service.node().kill()
    await service.node().start()
    for (const { redis } of [here, there]) {
      await until('Redis answers', () =>
        redis
          .ask((client) => client.exists('any'))
          .then(
            () => true,
            () => false,
          ),
      )
    }
    expect(await there.revocation.isRevoked('first')).toBe(true)
    expect(await there.revocation.isRevoked('last')).toBe(false)
    await here.environment.advance(5_000)
    await until('it is back', async () => {
      await there.environment.advance(2_001)
      return there.revocation.isRevoked('last')
    })
    here.revocation.close()
    there.revocation.close()
  })
})
