import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createRedis } from '../../src/adapters/redis/connection.js'
import { flagsOf, killCommands, lastLineOf, logIn, startCommand } from '../support/command.js'
import { RawConnection, upgradeRequest } from '../support/raw.js'
import { Session } from '../support/session.js'
import { settingsOfCluster } from './real.js'

afterEach(killCommands)

const start = (settings: object) => startCommand(flagsOf(settings))

describe('the command, as a process of a cluster', { timeout: 120_000 }, async () => {
  const settings = {
    ...(await settingsOfCluster('postgres')),
    logLevel: 'info',
    port: 0,
    devLogin: true,
  }

  it('plays the roles that it is given, and drains at SIGTERM: goaway, partitions handed over, exit code 0', async () => {
    const sequencers = [1, 2].map(() => start({ ...settings, roles: 'sequencer' }))
    // clients have a second to leave: long enough to look at it while it drains
    const front = start({ ...settings, roles: 'api,gateway', drainTimeoutMs: 5_000 })
    const url = await front.url
    // where newcomers meet is made once a sequencer is there
    const { userId, token } = await logIn(url, 'Ada')
    const ada = await Session.greeted(url, userId, { token })
    await ada.hears('hello_ack')
    await Promise.all(sequencers.map((sequencer) => sequencer.url))
    expect(await ada.sends('general', 'one')).toMatchObject({ type: 'message.ack' })
    sequencers[0]?.child.kill('SIGTERM')
    expect(await sequencers[0]?.ended).toMatchObject({ code: 0 })
    expect(await ada.sends('general', 'two')).toMatchObject({ type: 'message.ack' })
    front.child.kill('SIGTERM')
    await ada.hears('goaway')
    // where it did not answer any more, a load balancer would cut those who were not told yet
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect((await fetch(`${url}/readyz`)).status).toBe(503)
    const newcomer = await RawConnection.open(Number(new URL(url).port))
    newcomer.write(upgradeRequest())
    expect((await newcomer.httpAnswer()).status).toBe(503)
    expect(await ada.closed()).toBe(1001)
    expect(await front.ended).toMatchObject({ code: 0 })
    sequencers[1]?.child.kill('SIGTERM')
    expect(await sequencers[1]?.ended).toMatchObject({ code: 0 })
  })

  it('ends with exit code 1, and the reason as its last line, when its node number is another’s', async () => {
    const front = start({ ...settings, roles: 'api,gateway' })
    const url = await front.url
    const redis = await createRedis({
      environment: nodeEnvironment,
      url: settings.redisUrl ?? '',
      keyPrefix: settings.redisKeyPrefix ?? '',
    })
    try {
      const owners = redis.keys.of('owners', 'nodes')
      const [node = '', ...others] = await redis.ask((client) => client.hkeys(owners))
      expect(others).toEqual([])
      await redis.ask((client) => client.hset(owners, node, 'another'))
    } finally {
      await redis.close()
    }
    const { code, stdout } = await front.ended
    expect(code).toBe(1)
    expect(lastLineOf(stdout)).toMatchObject({
      level: 60,
      msg: 'ended: the server could not go on',
      err: { message: 'another process has the node number of this one' },
    })
    await expect(fetch(`${url}/healthz`)).rejects.toThrow()
  }, 60_000)

  it('says in one sentence which service it does not reach, and what to do', async () => {
    const nobody = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => nobody.once('listening', resolve))
    const { port } = nobody.address() as { port: number }
    await new Promise((resolve) => nobody.close(resolve))
    const redisUrl = `redis://127.0.0.1:${port}`
    const { code, stdout, stderr } = await start({ ...settings, redisUrl, logLevel: 'silent' })
      .ended
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain(`127.0.0.1:${port}`)
    expect(stderr).toContain('redisUrl')
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })
})
