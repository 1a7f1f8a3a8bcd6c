import { describe, expect, it } from 'vitest'
import { parseWanted, startServices, toEnvironment } from '../../scripts/services/index.js'

const environment = {
  TIDINGS_TEST_KAFKA: '10.0.0.1:9092,broker-2:9092',
  TIDINGS_TEST_CASSANDRA: '10.0.0.3:9042,10.0.0.4:9042',
  TIDINGS_TEST_CASSANDRA_DATACENTER: 'north',
  TIDINGS_TEST_REDIS: 'redis://10.0.0.5:6379',
  TIDINGS_TEST_REDIS_CLUSTER: '10.0.0.6:7000,10.0.0.6:7001',
  TIDINGS_TEST_REDIS_SENTINEL: 'main@10.0.0.7:26379,10.0.0.8:26379',
  TIDINGS_TEST_POSTGRES: 'postgres://app:word@10.0.0.9:5432/chat',
}

const given = async (...words: string[]) => {
  const { close, ...services } = await startServices(parseWanted(words), { environment })
  await close()
  return services
}

describe('services that the environment names', () => {
  it('are taken as they are, and their nodes are nobody’s to kill', async () => {
    expect(await given('kafka=3', 'cassandra', 'redis', 'postgres')).toEqual({
      kafka: { brokers: ['10.0.0.1:9092', 'broker-2:9092'], nodes: [] },
      cassandra: {
        contactPoints: ['10.0.0.3', '10.0.0.4'],
        port: 9042,
        localDataCenter: 'north',
        nodes: [],
      },
      redis: { url: 'redis://10.0.0.5:6379', hosts: ['10.0.0.5:6379'], nodes: [] },
      postgres: { url: 'postgres://app:word@10.0.0.9:5432/chat', nodes: [] },
    })
  })

  it('are another Redis for each set-up', async () => {
    const hosts = ['10.0.0.6:7000', '10.0.0.6:7001']
    expect(await given('redis=cluster')).toMatchObject({ redis: { hosts } })
    expect(await given('redis=sentinel')).toMatchObject({
      redis: { sentinelName: 'main', hosts: ['10.0.0.7:26379', '10.0.0.8:26379'] },
    })
  })

  it('are written as they are read', async () => {
    const several = toEnvironment(await given('kafka', 'cassandra', 'redis', 'postgres'))
    const cluster = toEnvironment(await given('redis=cluster'))
    const sentinel = toEnvironment(await given('redis=sentinel'))
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
