import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { parseWanted, type ServiceNode, startServices } from '../../scripts/services/index.js'
import { isAlive } from './support/alive.js'
import { native } from './support/native.js'

const refuses = (address: string) =>
  new Promise<boolean>((resolve) => {
    const [host, port] = address.split(':')
    const socket = connect({ host, port: Number(port) })
    socket.once('error', () => resolve(true))
    socket.once('connect', () => resolve(socket.destroy() === undefined))
  })

/** Starts, closes, and says what was there in between. */
async function startAndClose(...words: string[]) {
  let folder = ''
  const lines: string[] = []
  const services = await startServices(parseWanted(words), {
    ...native,
    onProgress: (line) => lines.push(line),
    onFolder: async (path) => {
      folder = path
    },
  })
  const { kafka, cassandra, redis, postgres, close } = services
  const nodes = [kafka, cassandra, redis, postgres].flatMap(
    (service): readonly ServiceNode[] => service?.nodes ?? [],
  )
  const pids = nodes.map(({ pid }) => pid ?? 0)
  const ran = pids.map(isAlive)
  await close()
  return { services, nodes, pids, ran, folder, lines }
}

describe('services of this machine', () => {
  it('start together, answer, and leave nothing', { timeout: 240_000 }, async () => {
    const words = ['kafka', 'cassandra', 'redis', 'postgres']
    const { nodes, pids, ran, folder, lines } = await startAndClose(...words)
    expect(nodes.map(({ name }) => name)).toEqual(['kafka-1', 'cassandra-1', 'redis', 'postgres'])
    expect(ran).toEqual([true, true, true, true])
    expect(pids.map(isAlive)).toEqual([false, false, false, false])
    expect(existsSync(folder)).toBe(false)
    expect(await Promise.all(nodes.map(({ address }) => refuses(address)))).not.toContain(false)
    for (const name of ['Kafka', 'Cassandra', 'Redis', 'PostgreSQL']) {
      expect(lines).toContainEqual(expect.stringMatching(`^${name}: ready after`))
    }
  })

  it('are a Redis Cluster of six', async () => {
    const { nodes, pids, ran, services } = await startAndClose('redis=cluster')
    expect(services.redis?.hosts).toHaveLength(6)
    expect(nodes.map(({ name }) => name)).toEqual([1, 2, 3, 4, 5, 6].map((n) => `redis-${n}`))
    expect([ran.every(Boolean), pids.some(isAlive)]).toEqual([true, false])
  })

  it('are a Redis with a replica and three sentinels', async () => {
    const { nodes, pids, ran, services } = await startAndClose('redis=sentinel')
    expect(services.redis?.sentinelName).toBe('tidings')
    expect(nodes.map(({ name }) => name)).toEqual([
      'redis-master',
      'redis-replica',
      'sentinel-1',
      'sentinel-2',
      'sentinel-3',
    ])
    expect([ran.every(Boolean), pids.some(isAlive)]).toEqual([true, false])
  })

  it('do not meet those of another run at the same time', async () => {
    const runs = await Promise.all([
      startAndClose('redis=cluster', 'postgres'),
      startAndClose('redis=cluster', 'postgres'),
    ])
    const addresses = runs.flatMap(({ nodes }) => nodes.map(({ address }) => address))
    expect(new Set(addresses).size).toBe(14)
    expect(runs[0].folder).not.toBe(runs[1].folder)
  })

  it('may be closed twice', async () => {
    const services = await startServices({ redis: 'single' }, native)
    await services.close()
    await expect(services.close()).resolves.toBeUndefined()
  })
})
