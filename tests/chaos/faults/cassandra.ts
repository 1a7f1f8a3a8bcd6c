import { both, choose, type Fault } from './fault.js'

const GOALS = both(500)
const AWAY_MS = 5_000
const FROZEN_MS = 10_000

export const cassandraFaults: readonly Fault[] = [
  {
    name: 'cassandra-node-killed',
    title: 'a Cassandra node is killed, and started again',
    goals: GOALS,
    async run(stage) {
      const node = choose(stage, stage.system.services.cassandra.nodes)
      stage.tell(`kill ${node.name}`)
      await node.kill()
      await stage.hold(AWAY_MS)
      stage.tell(`start ${node.name}`)
      await node.start()
    },
  },
  {
    name: 'cassandra-node-frozen',
    title: 'a Cassandra node is frozen for 10 s, and wakes',
    goals: GOALS,
    async run(stage) {
      const node = choose(stage, stage.system.services.cassandra.nodes)
      stage.tell(`freeze ${node.name}`)
      await node.freeze()
      try {
        await stage.hold(FROZEN_MS)
      } finally {
        stage.tell(`wake ${node.name}`)
        await node.thaw()
      }
    },
  },
  {
    name: 'cassandra-restarted',
    title: 'all Cassandra nodes are killed at once, and started again',
    goals: {},
    async run(stage) {
      const { nodes } = stage.system.services.cassandra
      stage.tell('kill all nodes')
      await Promise.all(nodes.map((node) => node.kill()))
      stage.tell('start all nodes')
      // the others find each other through the first
      const [seed, ...others] = nodes
      await seed?.start()
      await Promise.all(others.map((node) => node.start()))
    },
  },
]
