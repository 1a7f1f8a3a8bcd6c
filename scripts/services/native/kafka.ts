import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KafkaService } from '../addresses.js'
import { ensureJars, javaFolder } from '../install/jars.js'
import { ensurePrograms } from '../install/programs.js'
import type { PeerNetworks } from '../proxy/network.js'
import { knowsBrokers } from '../ready/kafka.js'
import { failedWithLog } from '../run/failure.js'
import type { NativeNode } from '../run/node.js'
import type { Reach, Run } from '../run/run.js'
import { type Secured, writeCertificate } from '../run/secured.js'
import { classPath, smallJvm } from './jvm.js'
import { hostsFile, openPeerNetworks, peerName } from './kafka-peers.js'

const heapMb = 400

interface Broker {
  readonly id: number
  readonly name: string
  readonly folder: string
  readonly clientPort: number
  readonly peerPort: number
  readonly controllerPort: number
  readonly clients: Reach
  readonly secured: SecuredListener | undefined
}

/** Where it takes encrypted connections, and who may come in there. */
interface SecuredListener extends Secured {
  readonly address: string
  /** PEM: key and certificate. */
  readonly keystore: string
}

/** Kafka in KRaft mode; every broker is a controller too. */
export function startKafka(run: Run, brokers: 1 | 3): Promise<KafkaService> {
  return run.step(brokers === 1 ? 'Kafka' : `Kafka, ${brokers} brokers`, async () => {
    const { java } = await ensurePrograms(['java'], run.progress)
    const jars = await ensureJars('kafka', run)
    const layout = await Promise.all(
      Array.from({ length: brokers }, (_, index) => planBroker(run, index + 1)),
    )
    const peerNetworks = await openPeerNetworks(run, layout)
    const uuid = randomBytes(16)
    // written in base64 it must not begin with a dash: Kafka's tool would take it for an option
    uuid[0] = (uuid[0] ?? 0) & 0x7f
    const clusterId = uuid.toString('base64url')
    const nodes = await Promise.all(
      layout.map(async (broker) => {
        const properties = join(broker.folder, 'server.properties')
        await writeFile(properties, serverProperties(broker, layout) + securedProperties(broker))
        await writeFile(hostsOf(broker), hostsFile(broker, layout, run.isProxied))
        await formatStorage(run, java, jars, broker, clusterId, properties)
        return brokerNode(run, java, jars, broker, properties, brokers, peerNetworks)
      }),
    )
    await Promise.all(nodes.map((node) => node.start()))
    const secured = layout.flatMap((broker) => broker.secured?.address ?? [])
    return {
      brokers: nodes.map(({ address }) => address),
      nodes,
      peerNetworks,
      ...(secured.length > 0 && { secured: { brokers: secured } }),
    }
  })
}

async function planBroker(run: Run, id: number): Promise<Broker> {
  const name = `kafka-${id}`
  const [clientPort = 0, peerPort = 0, controllerPort = 0] = await run.ports.takeSeveral(3)
  await run.makeFolder(name, 'tmp')
  const folder = await run.makeFolder(name)
  return {
    id,
    name,
    folder,
    secured: run.secured && {
      ...run.secured,
      address: `127.0.0.1:${await run.ports.take()}`,
      keystore: (await writeCertificate(folder, run.secured)).both,
    },
    clientPort,
    peerPort,
    controllerPort,
    clients: await run.reach(`127.0.0.1:${clientPort}`),
  }
}

function serverProperties(broker: Broker, all: readonly Broker[]): string {
  const voters = all.map((peer) => `${peer.id}@${peerName(peer)}:${peer.controllerPort}`)
  const copies = all.length
  const secured = broker.secured === undefined ? '' : `,SECURED://${broker.secured.address}`
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': broker.id,
    'controller.quorum.voters': voters.join(','),
    listeners: `CLIENTS://127.0.0.1:${broker.clientPort},PEERS://127.0.0.1:${broker.peerPort},CONTROLLER://127.0.0.1:${broker.controllerPort}${secured}`,
    'advertised.listeners': `CLIENTS://${broker.clients.address},PEERS://${peerName(broker)}:${broker.peerPort}${secured}`,
    'listener.security.protocol.map':
      'CLIENTS:PLAINTEXT,PEERS:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL',
    'inter.broker.listener.name': 'PEERS',
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
  return lines(settings)
}

const lines = (settings: Readonly<Record<string, unknown>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')

const securedProperties = ({ secured }: Broker): string =>
  secured === undefined
    ? ''
    : lines({
        'listener.name.secured.ssl.keystore.type': 'PEM',
        'listener.name.secured.ssl.keystore.location': secured.keystore,
        'listener.name.secured.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
        'listener.name.secured.scram-sha-512.sasl.jaas.config':
          'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      })

async function formatStorage(
  run: Run,
  java: string,
  jars: string,
  broker: Broker,
  clusterId: string,
  properties: string,
): Promise<void> {
  const tool = ['-cp', classPath(jars), 'kafka.tools.StorageTool', 'format']
  const jvm = [...smallJvm(128, join(broker.folder, 'tmp')), logging()]
  const users = broker.secured === undefined ? [] : ['--add-scram', scramUser(broker.secured)]
  const args = [...jvm, ...tool, '-t', clusterId, '-c', properties, ...users]
  const { succeeded, how, output } = await run.command(`${broker.name}-format`, java, args)
  if (!succeeded) throw failedWithLog(broker.name, `could not format its storage (${how}).`, output)
}

const scramUser = ({ username, password }: Secured) =>
  `SCRAM-SHA-512=[name=${username},password=${password}]`

function brokerNode(
  run: Run,
  java: string,
  jars: string,
  broker: Broker,
  properties: string,
  brokers: number,
  peerNetworks: PeerNetworks | undefined,
): NativeNode {
  const jvm = [...smallJvm(heapMb, join(broker.folder, 'tmp')), logging()]
  jvm.push(`-Djdk.net.hosts.file=${hostsOf(broker)}`)
  return run.node({
    name: broker.name,
    ...broker.clients,
    peerNetwork: peerNetworks?.around(broker.id),
    command: java,
    args: [...jvm, '-cp', classPath(jars), 'kafka.Kafka', properties],
    options: { cwd: broker.folder },
    readyWithinMs: 90_000,
    isReady: () => knowsBrokers(`127.0.0.1:${broker.clientPort}`, broker.id, brokers),
  })
}

const hostsOf = ({ folder }: Broker) => join(folder, 'hosts')

const logging = () => `-Dlog4j2.configurationFile=${join(javaFolder('kafka'), 'log4j2.xml')}`
