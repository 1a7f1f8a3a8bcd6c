import type { ClusterProcess } from '../../../scripts/cluster/index.js'
import type { Network } from '../../../scripts/services/index.js'
import { together } from '../../../scripts/services/proxy/network.js'
import { brokersOf } from '../system/brokers.js'
import { untilShared } from '../system/sequencers.js'
import { both, choose, type Fault, type Stage } from './fault.js'

const GOALS = both(8_000)
/** Commands come in and wait where the way is held. */
const HELD_MS = 600
/** Each step of R7 takes twice that, so that a kill at any moment falls between two of them, or into one. */
const STRETCHED_MS = 150
/** What has left it before is still shown; then comes the stall. */
const STALLED_MS = 2_000
/** Longer than its session of 6 s. */
const FROZEN_MS = 12_000

/** A moment in R7's order at which a sequencer dies: it comes about by holding the way on which the next step goes. */
interface Moment {
  readonly name: string
  readonly title: string
  /** What is held before the kill; nothing: the kill comes as it comes. */
  readonly hold?: (stage: Stage, victim: ClusterProcess) => Promise<Network> | Network
  readonly how?: (way: Network) => void
}

const moments: readonly Moment[] = [
  { name: 'sequencer-killed', title: 'a sequencer is killed' },
  {
    name: 'sequencer-killed-before-store',
    title: 'a sequencer is killed while what it writes does not reach Cassandra',
    hold: ({ system }, victim) => wayToNodes(victim, system.services.cassandra.nodes),
  },
  {
    name: 'sequencer-killed-while-storing',
    title:
      'a sequencer is killed between rows and ids, or before it knows that they are stored: its way to Cassandra is slow',
    hold: ({ system }, victim) => wayToNodes(victim, system.services.cassandra.nodes),
    how: (way) => way.slow(STRETCHED_MS),
  },
  {
    name: 'sequencer-killed-before-push',
    title: 'a sequencer is killed after it has stored and before acks and events leave it',
    hold: ({ system }, victim) =>
      together(
        system.processes.flatMap(({ ways }) => ways?.bus.from(victim.ways?.source ?? '') ?? []),
      ),
  },
  {
    name: 'sequencer-killed-before-commit',
    title: 'a sequencer is killed after it has pushed and before it commits',
    hold: async ({ system }, victim) => wayToNodes(victim, [(await brokersOf(system)).coordinator]),
  },
]

function wayToNodes(
  { ways }: ClusterProcess,
  nodes: readonly { readonly network?: { from(source: string): Network } | undefined }[],
): Network {
  return together(nodes.flatMap(({ network }) => network?.from(ways?.source ?? '') ?? []))
}

const killed = ({ name, title, hold, how = (way) => way.cut() }: Moment): Fault => ({
  name,
  title: `${title}, and one is started in its place`,
  goals: GOALS,
  async run(stage) {
    const victim = choose(stage, stage.system.of('sequencer'))
    const held = await hold?.(stage, victim)
    if (held !== undefined) {
      how(held)
      await stage.hold(HELD_MS + HELD_MS * stage.random())
    }
    stage.tell(`kill ${victim.name}`)
    await victim.kill()
    held?.heal()
    await stage.hold(STALLED_MS)
    await stage.untilFlowing()
    stage.tell(`start ${victim.name}`)
    await victim.restart()
    await untilShared(stage.system)
  },
})

export const sequencerFaults: readonly Fault[] = [
  ...moments.map(killed),
  {
    name: 'sequencer-frozen',
    title: 'a sequencer is frozen for 12 s, longer than its session, and wakes',
    goals: GOALS,
    async run(stage) {
      const victim = choose(stage, stage.system.of('sequencer'))
      stage.tell(`freeze ${victim.name}`)
      await victim.freeze()
      try {
        await stage.hold(FROZEN_MS)
      } finally {
        stage.tell(`wake ${victim.name}`)
        await victim.thaw()
      }
      await untilShared(stage.system)
    },
  },
]
