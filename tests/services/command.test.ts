import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answersPing } from '../../scripts/services/ready/redis.js'
import { until } from './support/until.js'

const script = fileURLToPath(new URL('../../scripts/services/main.ts', import.meta.url))

describe('npm run services', () => {
  // Of its own, so that `down` finds only what this test has started.
  let temporary: string
  beforeEach(() => {
    temporary = mkdtempSync(join(tmpdir(), 'tidings-command-'))
  })
  afterEach(async () => {
    await services('down').ended
    rmSync(temporary, { recursive: true })
  })

  const services = (...args: string[]) => servicesWith({}, ...args)

  function servicesWith(environment: Record<string, string>, ...args: string[]) {
    const native = { TMPDIR: temporary, TIDINGS_SERVICES: 'native' }
    const env = { ...process.env, ...native, ...environment }
    const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], { env })
    const said = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.err += text
    })
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    return { child, said, ended }
  }

  const leftFolders = () =>
    readdirSync(temporary).filter((name) => name.startsWith('tidings-services-'))

  /** It fails by itself, in words, and leaves nothing behind. Resolves to all that it said of it. */
  async function endsSaying(
    sentence: string,
    environment: Record<string, string>,
    ...args: string[]
  ): Promise<string> {
    const { child, said, ended } = servicesWith(environment, ...args)
    const stuck = setTimeout(() => child.kill('SIGKILL'), 45_000)
    expect(await ended).toBe(1)
    clearTimeout(stuck)
    expect(said.err).toContain(sentence)
    expect(said.err).not.toContain('    at ')
    expect(leftFolders()).toEqual([])
    return said.err
  }

  it('up stays, prints addresses, and cleans up on Ctrl-C', async () => {
    const { child, said, ended } = services('up', 'redis')
    await until('it is ready', () => said.err.includes('Ready.'))
    const address = /^TIDINGS_TEST_REDIS=redis:\/\/(\S+)\n$/.exec(said.out)?.[1] ?? ''
    expect(await answersPing(address)).toBe(true)
    expect(leftFolders()).toHaveLength(1)
    child.kill('SIGINT')
    expect(await ended).toBe(0)
    expect(said.err).toMatch(
      /Redis: starting\nRedis: ready after [\s\S]*Stopping, and removing the data\n$/,
    )
    expect(leftFolders()).toEqual([])
    await expect(answersPing(address)).rejects.toThrow('ECONNREFUSED')
  })

  it('up --detach returns when the services answer, and down takes them away', async () => {
    const up = services('up', '--detach', 'redis')
    expect(await up.ended).toBe(0)
    const address = /^TIDINGS_TEST_REDIS=redis:\/\/(\S+)\n$/.exec(up.said.out)?.[1] ?? ''
    expect(await answersPing(address)).toBe(true)
    const down = services('down')
    expect(await down.ended).toBe(0)
    expect(down.said.out).toMatch(
      /^Stopping redis \(process \d+\)\nStopped, and their data removed\n$/,
    )
    await expect(answersPing(address)).rejects.toThrow('ECONNREFUSED')
    expect(leftFolders()).toEqual([])
  })

  it.for([[['up', 'redis']], [['up', '--detach', 'redis']]] as const)(
    '%j ends by itself when a service cannot be had',
    async ([args]) => {
      const sentence = 'TIDINGS_TEST_REDIS: is set to something else than redis://'
      await endsSaying(sentence, { TIDINGS_TEST_REDIS: 'localhost' }, ...args)
    },
  )

  it.for([
    ['redis', { TIDINGS_TEST_REDIS: 'redis://127.0.0.1:9' }, 'TIDINGS_TEST_REDIS'],
    ['redis=cluster', { TIDINGS_TEST_REDIS_CLUSTER: '127.0.0.1:9' }, 'TIDINGS_TEST_REDIS_CLUSTER'],
    ['redis=sentinel', { TIDINGS_TEST_REDIS_SENTINEL: 'm@127.0.0.1:9' }, '_SENTINEL'],
    ['kafka', { TIDINGS_TEST_KAFKA: '127.0.0.1:9' }, 'TIDINGS_TEST_KAFKA'],
    ['cassandra', { TIDINGS_TEST_CASSANDRA: '127.0.0.1:9' }, 'TIDINGS_TEST_CASSANDRA'],
    ['postgres', { TIDINGS_TEST_POSTGRES: 'postgres://a@127.0.0.1:9/b' }, '_POSTGRES'],
  ] as const)(
    'up names a given address of %s that does not answer',
    async ([word, given, name]) => {
      const sentence = `${name}: names 127.0.0.1:9, where nothing answers: ECONNREFUSED.`
      expect(await endsSaying(sentence, given, 'up', word)).not.toContain('Ready')
    },
  )

  it('down says when there is nothing to stop', async () => {
    const { said, ended } = services('down')
    expect([await ended, said.out]).toEqual([0, 'No services are up.\n'])
  })

  it('says what it does', async () => {
    const { said, ended } = services('--help')
    expect(await ended).toBe(0)
    expect(said.out).toContain('npm run services -- down')
    expect(said.out).toContain('TIDINGS_TEST_CASSANDRA_DATACENTER')
  })

  it.for([
    [['up', 'mongodb'], 'mongodb: is not a service. There are: kafka, kafka=3,'],
    [['away'], 'away: is not a command; there are up, down, prepare, --help.'],
    [['up', '--forever'], "Unknown option '--forever'"],
  ] as const)('refuses %j in a sentence', async ([args, sentence]) => {
    const { said, ended } = services(...args)
    expect(await ended).toBe(1)
    expect(said.err).toContain(sentence)
    expect(said.err).not.toContain('    at ')
    expect(leftFolders()).toEqual([])
  })
})
