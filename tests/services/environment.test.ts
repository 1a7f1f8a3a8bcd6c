import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { parseWanted, startServices, toEnvironment } from '../../scripts/services/index.js'
import { givenAddresses } from '../../scripts/services/sources/environment.js'
import { serviceNames } from '../../scripts/services/wanted.js'

const environment = {
  TIDINGS_TEST_KAFKA: '10.0.0.1:9092,broker-2:9092',
  TIDINGS_TEST_CASSANDRA: '10.0.0.3:9042,10.0.0.4:9042',
  TIDINGS_TEST_CASSANDRA_DATACENTER: 'north',
  TIDINGS_TEST_REDIS: 'redis://10.0.0.5:6379',
  TIDINGS_TEST_REDIS_CLUSTER: '10.0.0.6:7000,10.0.0.6:7001',
  TIDINGS_TEST_REDIS_SENTINEL: 'main@10.0.0.7:26379,10.0.0.8:26379',
  TIDINGS_TEST_POSTGRES: 'postgres://app:word@10.0.0.9:5432/chat',
}

const given = (...words: string[]) => {
  const wanted = parseWanted(words)
  const names = serviceNames.filter((name) => wanted[name] !== undefined)
  return Object.fromEntries(names.map((name) => [name, givenAddresses(name, wanted, environment)]))
}

describe('services that the environment names', () => {
  it('are taken as they are', () => {
    expect(given('kafka=3', 'cassandra', 'redis', 'postgres')).toEqual({
      kafka: { brokers: ['10.0.0.1:9092', 'broker-2:9092'] },
      cassandra: {
        contactPoints: ['10.0.0.3', '10.0.0.4'],
        port: 9042,
        localDataCenter: 'north',
      },
      redis: { url: 'redis://10.0.0.5:6379', hosts: ['10.0.0.5:6379'] },
      postgres: { url: 'postgres://app:word@10.0.0.9:5432/chat' },
    })
  })

  it('must answer, and their nodes are nobody’s to kill', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const start = async () => {
      const brokers = { TIDINGS_TEST_KAFKA: `${address},${address}` }
      const { kafka, close } = await startServices({ kafka: 3 }, { environment: brokers })
      await close()
      return kafka
    }
    expect(await start()).toEqual({ brokers: [address, address], nodes: [] })
    server.close()
    await once(server, 'close')
    await expect(start()).rejects.toThrow(
      `TIDINGS_TEST_KAFKA: names ${address}, where nothing answers: ECONNREFUSED.`,
    )
  })

  it('are another Redis for each set-up', () => {
    const hosts = ['10.0.0.6:7000', '10.0.0.6:7001']
    expect(given('redis=cluster')).toMatchObject({ redis: { hosts } })
    expect(given('redis=sentinel')).toMatchObject({
      redis: { sentinelName: 'main', hosts: ['10.0.0.7:26379', '10.0.0.8:26379'] },
    })
  })

  it('are written as they are read', () => {
    const several = toEnvironment(given('kafka', 'cassandra', 'redis', 'postgres'))
    const cluster = toEnvironment(given('redis=cluster'))
    const sentinel = toEnvironment(given('redis=sentinel'))
    expect({ ...several, ...cluster, ...sentinel }).toEqual(environment)
  })
})

describe('words for services', () => {
  it('say how many, or which kind', () => {
    expect(parseWanted(['kafka=3', 'cassandra=1', 'redis=single', 'postgres'])).toEqual({
      kafka: 3,
      cassandra: 1,
      redis: 'single',
      postgres: true,
    })
  })

  it('are refused when there is no such service, or two of one', () => {
    expect(() => parseWanted(['kafka=2'])).toThrow('kafka=2: is not a service. There are: kafka,')
    expect(() => parseWanted(['redis', 'redis=cluster'])).toThrow('redis: is asked for twice.')
  })
})
