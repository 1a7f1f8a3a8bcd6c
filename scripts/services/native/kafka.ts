import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KafkaService } from '../addresses.js'
import { runCommand } from '../install/command.js'
import { ensureJars, javaFolder } from '../install/jars.js'
import { ensurePrograms } from '../install/programs.js'
import { failedWithLog } from '../run/failure.js'
import type { NativeNode } from '../run/node.js'
import type { Run } from '../run/run.js'
import { classPath, smallJvm } from './jvm.js'

const heapMb = 400

interface Broker {
  readonly id: number
  readonly name: string
  readonly folder: string
  readonly clientPort: number
  readonly controllerPort: number
}

/** Kafka in KRaft mode; every broker is a controller too. */
export function startKafka(run: Run, brokers: 1 | 3): Promise<KafkaService> {
  return run.step(brokers === 1 ? 'Kafka' : `Kafka, ${brokers} brokers`, async () => {
    const { java } = await ensurePrograms(['java'], run.progress)
    const jars = await ensureJars('kafka', run.progress)
    const layout = await Promise.all(
      Array.from({ length: brokers }, (_, index) => planBroker(run, index + 1)),
    )
    const clusterId = randomBytes(16).toString('base64url')
    const nodes = await Promise.all(
      layout.map(async (broker) => {
        const properties = join(broker.folder, 'server.properties')
        await writeFile(properties, serverProperties(broker, layout))
        await formatStorage(java, jars, broker, clusterId, properties)
        return brokerNode(run, java, jars, broker, properties, brokers)
      }),
    )
    await Promise.all(nodes.map((node) => node.start()))
    return { brokers: nodes.map(({ address }) => address), nodes }
  })
}

async function planBroker(run: Run, id: number): Promise<Broker> {
  const name = `kafka-${id}`
  const [clientPort = 0, controllerPort = 0] = await run.ports.takeSeveral(2)
  await run.makeFolder(name, 'tmp')
  return { id, name, folder: await run.makeFolder(name), clientPort, controllerPort }
}

function serverProperties(broker: Broker, all: readonly Broker[]): string {
  const voters = all.map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`)
  const copies = all.length
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': broker.id,
    'controller.quorum.voters': voters.join(','),
    listeners: `PLAINTEXT://127.0.0.1:${broker.clientPort},CONTROLLER://127.0.0.1:${broker.controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(broker.folder, 'data'),
    'default.replication.factor': copies,
    'min.insync.replicas': copies === 1 ? 1 : 2,
    'unclean.leader.election.enable': false,
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': copies,
    // Fifty are for large clusters; creating them takes longer than starting.
    'offsets.topic.num.partitions': 6,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': copies === 1 ? 1 : 2,
    'transaction.state.log.num.partitions': 3,
    'group.initial.rebalance.delay.ms': 0,
    // What operators are advised to set: a dead broker is fenced after 3 s instead of 9 s.
    'broker.session.timeout.ms': 3000,
    'broker.heartbeat.interval.ms': 500,
    'replica.lag.time.max.ms': 5000,
    // The default buffer alone is a third of the heap.
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

async function formatStorage(
  java: string,
  jars: string,
  broker: Broker,
  clusterId: string,
  properties: string,
): Promise<void> {
  const tool = ['-cp', classPath(jars), 'kafka.tools.StorageTool', 'format']
  const jvm = [...smallJvm(128, join(broker.folder, 'tmp')), logging()]
  const args = [...jvm, ...tool, '-t', clusterId, '-c', properties]
  const { code, output } = await runCommand(java, args)
  if (code === 0) return
  const log = join(broker.folder, 'format.log')
  await writeFile(log, output)
  throw await failedWithLog(broker.name, `could not format its storage (${code}).`, log)
}

function brokerNode(
  run: Run,
  java: string,
  jars: string,
  broker: Broker,
  properties: string,
  brokers: number,
): NativeNode {
  const address = `127.0.0.1:${broker.clientPort}`
  const jvm = [...smallJvm(heapMb, join(broker.folder, 'tmp')), logging()]
  return run.node({
    name: broker.name,
    address,
    command: java,
    args: [...jvm, '-cp', classPath(jars), 'kafka.Kafka', properties],
    options: { cwd: broker.folder },
    readyWithinMs: 90_000,
    isReady: () => knowsBrokers(address, broker.id, brokers),
  })
}

const logging = () => `-Dlog4j2.configurationFile=${join(javaFolder('kafka'), 'log4j2.xml')}`

/** A broker is up when it lists itself; a majority of three is a cluster, also after one was killed. */
async function knowsBrokers(address: string, id: number, brokers: number): Promise<boolean> {
  const { Kafka, logLevel } = await import('kafkajs')
  const client = new Kafka({
    brokers: [address],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1000,
    requestTimeout: 2000,
    retry: { retries: 0 },
  })
  const admin = client.admin()
  try {
    await admin.connect()
    const cluster = await admin.describeCluster()
    const ids = cluster.brokers.map(({ nodeId }) => nodeId)
    return ids.includes(id) && ids.length > brokers / 2 && cluster.controller !== null
  } finally {
    await admin.disconnect()
  }
}
