import type { ClusterRole } from '../../../scripts/cluster/index.js'
import type { Network } from '../../../scripts/services/index.js'
import { together } from '../../../scripts/services/proxy/network.js'
import { gatewaysInUse } from '../system/gateways.js'
import { untilShared } from '../system/sequencers.js'
import { choose, type Fault, type Stage } from './fault.js'

/** Longer than a session of the sequencers, and than the heartbeats of clients and drivers. */
const CUT_MS = 9_000
const SLOW_MS = 12_000
const SLOWED_BY_MS = 100

type ServiceName = 'kafka' | 'cassandra' | 'redis' | 'postgres'

/** A pair between which there is a way. */
interface Pair {
  readonly name: string
  readonly title: string
  way(stage: Stage): Network | Promise<Network>
}

const services: readonly ServiceName[] = ['kafka', 'cassandra', 'redis', 'postgres']
const roles: readonly ClusterRole[] = ['gateway', 'sequencer', 'api']

/** All ways between one process of a role and all nodes of a service. */
const toService = (role: ClusterRole, service: ServiceName): Pair => ({
  name: `${role}-${service}`,
  title: `between one ${role} and ${service}`,
  async way(stage) {
    const { system } = stage
    const among = role === 'gateway' ? await gatewaysInUse(system) : system.of(role)
    const { ways, name } = choose(stage, among)
    stage.tell(`${name} and ${service}`)
    const nodes = stage.system.services[service].nodes
    return together(nodes.flatMap(({ network }) => network?.from(ways?.source ?? '') ?? []))
  },
})

/** Between one node and its peers; the same nodes are reached by everybody else. */
const toPeers = (service: 'kafka' | 'cassandra'): Pair => ({
  name: `${service}-peers`,
  title: `between one node of ${service} and the others`,
  way(stage) {
    const { name, peerNetwork } = choose(stage, stage.system.services[service].nodes)
    stage.tell(name)
    if (peerNetwork === undefined) throw new Error(`${name} has no way to its peers.`)
    return peerNetwork
  },
})

const pairs: readonly Pair[] = [
  {
    name: 'clients-balancer',
    title: 'between all clients and the load balancer',
    way: ({ system }) => system.clients,
  },
  {
    name: 'balancer-gateway',
    title: 'between the load balancer and one gateway',
    async way(stage) {
      const { ways, name } = choose(stage, await gatewaysInUse(stage.system))
      stage.tell(name)
      return together(ways === undefined ? [] : [ways.front])
    },
  },
  {
    name: 'sequencer-gateway',
    title: 'between one sequencer and one gateway, which it pushes to',
    async way(stage) {
      const sequencer = choose(stage, stage.system.of('sequencer'))
      const gateway = choose(stage, await gatewaysInUse(stage.system))
      stage.tell(`${sequencer.name} and ${gateway.name}`)
      return together(
        gateway.ways === undefined ? [] : [gateway.ways.bus.from(sequencer.ways?.source ?? '')],
      )
    },
  },
  ...roles.flatMap((role) => services.map((service) => toService(role, service))),
  toPeers('kafka'),
  toPeers('cassandra'),
]

async function broken(
  stage: Stage,
  { way }: Pair,
  ms: number,
  how: (network: Network) => void,
): Promise<void> {
  const network = await way(stage)
  how(network)
  try {
    await stage.hold(ms)
  } finally {
    stage.tell('heal')
    network.heal()
  }
  await stage.untilFlowing()
  await untilShared(stage.system)
}

/** Nobody promises how long these last: they are told, and everything must come back. */
export const networkFaults: readonly Fault[] = pairs.flatMap((pair) => [
  {
    name: `cut-${pair.name}`,
    title: `the network is cut for 9 s ${pair.title}`,
    goals: {},
    run: (stage: Stage) => broken(stage, pair, CUT_MS, (network) => network.cut()),
  },
  {
    name: `slow-${pair.name}`,
    title: `the network is 100 ms slower each way for 12 s ${pair.title}`,
    goals: {},
    run: (stage: Stage) => broken(stage, pair, SLOW_MS, (network) => network.slow(SLOWED_BY_MS)),
  },
])
