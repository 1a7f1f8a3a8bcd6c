import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ServiceFailed, startServices } from '../../scripts/services/index.js'
import { ensurePrograms } from '../../scripts/services/install/programs.js'
import { direct, redisNode } from '../../scripts/services/native/redis.js'
import { Run } from '../../scripts/services/run/run.js'

describe('a service that does not come up', () => {
  let run: Run
  beforeEach(async () => {
    run = await Run.begin()
  })
  afterEach(() => run.close())

  const shell = (script: string, readyWithinMs = 30_000) =>
    run.node({
      name: 'kafka-2',
      address: '127.0.0.1:1',
      command: 'sh',
      args: ['-c', script],
      readyWithinMs,
      isReady: async () => false,
    })

  it('is named at once when it ends, with the end of its log', async () => {
    const { redis } = await ensurePrograms(['redis'], () => {})
    const port = await run.ports.take()
    const settings = ['--maxmemory', 'a lot']
    const node = await redisNode(run, redis, 'redis', port, direct(port), settings)
    const failure = await node.start().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ServiceFailed)
    expect(String(failure)).toMatch(
      /^ServiceFailed: redis: ended \(exit code 1\) before it answered/,
    )
    expect(String(failure)).toMatch(/The end of its log:[\s\S]*argument must be a memory value/)
  })

  it('is named when its time is over, with the last thirty lines only', async () => {
    const node = shell('seq 1 100; sleep 60', 3_000)
    await expect(node.start()).rejects.toThrow(
      /^kafka-2: did not answer within 3 s. The end of its log:\n {4}71\n[\s\S]* {4}100$/,
    )
  })

  it('is named when its program cannot be run', async () => {
    const node = run.node({
      name: 'redis',
      address: '127.0.0.1:1',
      command: '/nowhere/redis-server',
      args: [],
      readyWithinMs: 30_000,
      isReady: async () => false,
    })
    await expect(node.start()).rejects.toThrow(
      /^redis: ended \(spawn .* ENOENT\) before it answered/,
    )
  })
})

describe('a choice of services that cannot be', () => {
  const refused = (environment: Record<string, string>) => {
    const folders: string[] = []
    return {
      folders,
      starting: startServices(
        { kafka: 1, cassandra: 1, redis: 'sentinel', postgres: true },
        { environment, onFolder: async (folder) => void folders.push(folder) },
      ),
    }
  }

  it.for([
    [
      { TIDINGS_SERVICES: 'podman' },
      'TIDINGS_SERVICES: is set to something else than docker or native.',
    ],
    [
      { TIDINGS_TEST_KAFKA: 'broker-1' },
      'TIDINGS_TEST_KAFKA: is set to something else than host:port',
    ],
    [
      { TIDINGS_TEST_CASSANDRA: '1.2.3.4:9042,1.2.3.5:9043' },
      'TIDINGS_TEST_CASSANDRA: is set to something else than host:port,… of nodes, one port for all',
    ],
    [
      { TIDINGS_TEST_REDIS_SENTINEL: '1.2.3.4:5' },
      'TIDINGS_TEST_REDIS_SENTINEL: is set to something',
    ],
    [
      { TIDINGS_TEST_POSTGRES: 'http://a:secret@b' },
      'TIDINGS_TEST_POSTGRES: is set to something else',
    ],
  ] as const)('is refused in a sentence: %j', async ([environment, sentence]) => {
    const { starting, folders } = refused({ TIDINGS_SERVICES: 'native', ...environment })
    const failure = await starting.catch(String)
    expect(failure).toContain(sentence)
    expect(failure).not.toContain('secret')
    expect(folders.filter(existsSync)).toEqual([])
  })
})
