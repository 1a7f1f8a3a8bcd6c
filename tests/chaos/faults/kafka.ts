import type { ServiceNode } from '../../../scripts/services/index.js'
import { type Brokers, brokersOf, untilInSync } from '../system/brokers.js'
import { both, type Fault, type Stage } from './fault.js'

const FROZEN_MS = 12_000
const AWAY_MS = 2_000
/** What was under way is still answered; then comes the stall. */
const STALLED_MS = 3_000

/** The broker that leads most partitions of the others' and does not coordinate, or the one that coordinates. */
const roles = {
  leader: ({ leaders, coordinator }: Brokers) => leaders[0] ?? coordinator,
  coordinator: ({ coordinator }: Brokers) => coordinator,
} as const

const titles = {
  leader: 'a broker that leads partitions, and follows in others,',
  coordinator: 'the broker that coordinates the sequencers',
} as const

const killed = (role: keyof typeof roles, goalMs: number): Fault => ({
  name: `kafka-${role}-killed`,
  title: `${titles[role]} is killed, and started again`,
  goals: both(goalMs),
  async run(stage) {
    const broker = roles[role](await brokersOf(stage.system))
    stage.tell(`kill ${broker.name}`)
    await broker.kill()
    try {
      await stage.hold(STALLED_MS)
      await stage.untilFlowing()
    } finally {
      stage.tell(`start ${broker.name}`)
      await broker.start()
    }
    await inSync(stage)
  },
})

const frozen = (role: keyof typeof roles, goalMs: number): Fault => ({
  name: `kafka-${role}-frozen`,
  title: `${titles[role]} is frozen until messages flow again, at least 12 s, and wakes`,
  goals: both(goalMs),
  async run(stage) {
    const broker = roles[role](await brokersOf(stage.system))
    stage.tell(`freeze ${broker.name}`)
    await broker.freeze()
    try {
      await stage.hold(FROZEN_MS)
      await stage.untilFlowing()
    } finally {
      stage.tell(`wake ${broker.name}`)
      await broker.thaw()
    }
    await inSync(stage)
  },
})

export const kafkaFaults: readonly Fault[] = [
  killed('leader', 6_000),
  killed('coordinator', 12_000),
  frozen('leader', 8_000),
  frozen('coordinator', 18_000),
  {
    name: 'kafka-restarted',
    title: 'all brokers are killed at once, and started 2 s later',
    goals: {},
    async run(stage) {
      const { nodes } = stage.system.services.kafka
      stage.tell('kill all brokers')
      await Promise.all(nodes.map((node) => node.kill()))
      await stage.hold(AWAY_MS)
      stage.tell('start all brokers')
      await startAll(nodes)
      await inSync(stage)
    },
  },
]

const startAll = (nodes: readonly ServiceNode[]) => Promise.all(nodes.map((node) => node.start()))

/** A broker that has come back is no copy to rely on before it has caught up: the next one may be killed then. */
async function inSync(stage: Stage): Promise<void> {
  await stage.untilFlowing()
  await untilInSync(stage.system)
}
