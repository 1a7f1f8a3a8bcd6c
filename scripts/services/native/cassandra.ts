import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CassandraService } from '../addresses.js'
import { ensureJars, javaFolder } from '../install/jars.js'
import { ensurePrograms } from '../install/programs.js'
import { answersCql } from '../ready/cassandra.js'
import { until } from '../run/failure.js'
import type { NativeNode } from '../run/node.js'
import type { Reach, Run } from '../run/run.js'
import type { Secured } from '../run/secured.js'
import { classPath, javaModuleOptions, smallJvm } from './jvm.js'

const heapMb = 400
const readyWithinMs = 180_000

// An even split of the ring, given by hand, so that nobody waits for a bootstrap.
const tokens = ['-9223372036854775808', '-3074457345618258603', '3074457345618258602']

interface Ring {
  readonly hosts: readonly string[]
  readonly clients: readonly Reach[]
  readonly peers: readonly Reach[]
  readonly nativePort: number
  readonly storagePort: number
}

/** Cassandra; nodes differ in their address, as the driver wants one port for all of them. */
export function startCassandra(run: Run, size: 1 | 3): Promise<CassandraService> {
  return run.step(size === 1 ? 'Cassandra' : `Cassandra, ${size} nodes`, async () => {
    const { java } = await ensurePrograms(['java'], run.progress)
    const jars = await ensureJars('cassandra', run)
    const hosts = tokens.slice(0, size).map((_, index) => `127.0.0.${index + 1}`)
    const ring = await planRing(run, hosts)
    const nodes = await Promise.all(hosts.map((_, index) => planNode(run, java, jars, ring, index)))
    // The others join through the first.
    const [seed, ...others] = nodes
    await seed?.start()
    await Promise.all(others.map((node) => node.start()))
    if (size > 1) await everyNodeSeesAll(ring, run.secured)
    return {
      contactPoints: ring.clients.map(hostOf),
      port: ring.nativePort,
      localDataCenter: 'datacenter1',
      nodes,
    }
  })
}

async function planRing(run: Run, hosts: readonly string[]): Promise<Ring> {
  const free = (side: (host: string) => string) =>
    run.ports.take(run.isProxied ? [...hosts, ...hosts.map(side)] : hosts)
  const nativePort = await free(clientSide)
  const storagePort = await free(peerSide)
  const reachAll = (port: number, side: (host: string) => string) =>
    Promise.all(hosts.map((host) => run.reach(`${host}:${port}`, side(host), port)))
  const peers = await reachAll(storagePort, peerSide)
  return {
    hosts,
    clients: await reachAll(nativePort, clientSide),
    peers,
    nativePort,
    storagePort,
  }
}

// Where the proxies listen: with the nodes' ports, as those must be the same everywhere.
const clientSide = (host: string) => host.replace('127.0.0.', '127.0.1.')
const peerSide = (host: string) => host.replace('127.0.0.', '127.0.2.')
const hostOf = ({ address }: Reach) => address.split(':')[0] ?? address

async function planNode(
  run: Run,
  java: string,
  jars: string,
  ring: Ring,
  index: number,
): Promise<NativeNode> {
  const name = `cassandra-${index + 1}`
  const host = ring.hosts[index] ?? ''
  const folder = await run.makeFolder(name)
  const temporary = await run.makeFolder(name, 'tmp')
  const config = join(folder, 'cassandra.yaml')
  const yaml = cassandraYaml(ring, index) + (run.secured ? encryptedYaml(run.secured) : '')
  await writeFile(config, yaml)
  const settings = {
    'cassandra.storagedir': folder,
    'cassandra.config': pathToFileURL(config),
    'logback.configurationFile': pathToFileURL(join(javaFolder('cassandra'), 'logback.xml')),
    'cassandra.skip_wait_for_gossip_to_settle': 0,
    'cassandra.ring_delay_ms': 1000,
    'cassandra.superuser_setup_delay_ms': 0,
  }
  return run.node({
    name,
    ...(ring.clients[index] ?? { address: `${host}:${ring.nativePort}` }),
    // What reaches it from the others; answers to what it asks them come this way too, so a cut cuts it off. Nodes
    // all connect from one address: a proxy cannot tell them apart.
    peerNetwork: ring.peers[index]?.network,
    command: java,
    args: [
      ...smallJvm(heapMb, temporary),
      '-Xmn100m',
      `-javaagent:${join(jars, 'jamm-0.4.0.jar')}`,
      ...Object.entries(settings).map(([key, value]) => `-D${key}=${value}`),
      ...javaModuleOptions,
      '-cp',
      classPath(jars),
      'org.apache.cassandra.service.CassandraDaemon',
    ],
    options: { cwd: folder },
    readyWithinMs,
    isReady: () =>
      answersCql(
        host,
        ring.nativePort,
        ring.hosts.length > 1 ? 'quorum' : 'one',
        index > 0,
        run.secured,
      ),
  })
}

const cassandraYaml = ({ hosts, clients, peers, nativePort, storagePort }: Ring, index: number) => `
cluster_name: tidings
num_tokens: 1
initial_token: "${tokens[index]}"
auto_bootstrap: false
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: SimpleSnitch
listen_address: ${hosts[index]}
broadcast_address: ${peers.map(hostOf)[index]}
rpc_address: ${hosts[index]}
broadcast_rpc_address: ${clients.map(hostOf)[index]}
native_transport_port: ${nativePort}
storage_port: ${storagePort}
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters:
      - seeds: "${peers[0]?.address}"
# an acknowledged write is on the disk
commitlog_sync: group
commitlog_sync_group_window: 2ms
# tests drop what they made
auto_snapshot: false
`

const encryptedYaml = ({ cert, key }: Secured) => `
authenticator: PasswordAuthenticator
client_encryption_options:
  enabled: true
  optional: true
  ssl_context_factory:
    class_name: org.apache.cassandra.security.PEMBasedSslContextFactory
    parameters:
      private_key: |
${indented(`${key}\n${cert}`)}
`

const indented = (text: string) => text.replace(/^/gm, ' '.repeat(8))

async function everyNodeSeesAll(
  { hosts, nativePort }: Ring,
  secured: Secured | undefined,
): Promise<void> {
  await until('cassandra', 'its nodes did not all see each other', readyWithinMs, async () => {
    const seen = await Promise.all(
      hosts.map((host) => answersCql(host, nativePort, 'all', true, secured)),
    )
    return seen.every(Boolean)
  })
}
