import type { CassandraService, KafkaService, PostgresService, RedisService } from '../addresses.js'
import { ComposeNode, projectOf } from '../compose/docker.js'
import { answersCql } from '../ready/cassandra.js'
import { knowsBrokers } from '../ready/kafka.js'
import { answersSql } from '../ready/postgres.js'
import { answersPing } from '../ready/redis.js'
import type { Run } from '../run/run.js'
import { native, type Starters } from './native.js'

/** Containers. Redis Cluster and Sentinel give their nodes' addresses to clients and are started natively. */
export const docker: Starters = {
  kafka: (run, { kafka }) => (kafka ? startKafka(run, kafka) : undefined),
  cassandra: (run, { cassandra }) => (cassandra ? startCassandra(run, cassandra) : undefined),
  redis: (run, wanted) => (wanted.redis === 'single' ? startRedis(run) : native.redis(run, wanted)),
  postgres: (run, { postgres }) => (postgres ? startPostgres(run) : undefined),
}

function startKafka(run: Run, size: 1 | 3): Promise<KafkaService> {
  return run.step(`Kafka by Docker Compose, brokers: ${size}`, async () => {
    const project = await projectOf(run)
    const ports = await run.ports.takeSeveral(size)
    const ids = ports.map((_, index) => index + 1)
    const portSettings = ports.map((port, index) => [`KAFKA_PORT_${index + 1}`, String(port)])
    await project.up(
      ids.map((id) => `kafka-${id}`),
      {
        KAFKA_VOTERS: ids.map((id) => `${id}@kafka-${id}:9093`).join(','),
        KAFKA_COPIES: String(size),
        KAFKA_IN_SYNC: size === 1 ? '1' : '2',
        ...Object.fromEntries(portSettings),
      },
    )
    const nodes = ports.map((port, index) => {
      const address = `127.0.0.1:${port}`
      const isReady = () => knowsBrokers(address, index + 1, size)
      return new ComposeNode(project, `kafka-${index + 1}`, address, isReady)
    })
    await Promise.all(nodes.map((node) => node.answers()))
    return { brokers: nodes.map(({ address }) => address), nodes }
  })
}

function startCassandra(run: Run, size: 1 | 3): Promise<CassandraService> {
  return run.step(`Cassandra by Docker Compose, nodes: ${size}`, async () => {
    const project = await projectOf(run)
    const hosts = Array.from({ length: size }, (_, index) => `127.0.0.${index + 1}`)
    const port = await run.ports.take(hosts)
    const names = hosts.map((_, index) => `cassandra-${index + 1}`)
    await project.up(names, { CASSANDRA_PORT: String(port) })
    const nodes = hosts.map((host, index) => {
      const isReady = () => answersCql(host, port, size === 1 ? 'one' : 'quorum', true)
      return new ComposeNode(project, names[index] ?? '', `${host}:${port}`, isReady)
    })
    await Promise.all(nodes.map((node) => node.answers()))
    return { contactPoints: hosts, port, localDataCenter: 'datacenter1', nodes }
  })
}

function startRedis(run: Run): Promise<RedisService> {
  return run.step('Redis by Docker Compose', async () => {
    const project = await projectOf(run)
    const port = await run.ports.take()
    await project.up(['redis'], { REDIS_PORT: String(port) })
    const address = `127.0.0.1:${port}`
    const node = new ComposeNode(project, 'redis', address, () => answersPing(address))
    await node.answers()
    return { url: `redis://${address}`, hosts: [address], nodes: [node] }
  })
}

function startPostgres(run: Run): Promise<PostgresService> {
  return run.step('PostgreSQL by Docker Compose', async () => {
    const project = await projectOf(run)
    const port = await run.ports.take()
    await project.up(['postgres'], { POSTGRES_PORT: String(port) })
    const url = `postgres://app@127.0.0.1:${port}/postgres`
    const node = new ComposeNode(project, 'postgres', `127.0.0.1:${port}`, () => answersSql(url))
    await node.answers()
    return { url, nodes: [node] }
  })
}
