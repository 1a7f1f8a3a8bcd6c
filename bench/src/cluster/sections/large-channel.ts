import { median } from '../../cpu.js'
import type { Row } from '../../sections/section.js'
import type { Client } from '../load/client.js'
import { Follower } from '../load/follower.js'
import { openCrowd } from '../load/open.js'
import { paced } from '../load/paced.js'
import type { Timings } from '../timings.js'
import { ROLES, sumOf, Usage } from '../usage.js'
import type { ClusterOptions, ClusterSection } from './section.js'

/** What is said in the channel that is looked at, of what is said beside. */
const LOOKED_AT = 0.25
const WARM_UP_S = 1

interface Measured {
  readonly acks: Timings
  readonly shown: Timings
  /** Processor time of all our processes, in microseconds for each message of either channel. */
  readonly cpuUs: number
}

interface Repeat {
  readonly small: Measured
  readonly large: Measured
  readonly smallAgain: Measured
}

interface Crowd {
  readonly sender: Client
  readonly followers: readonly Follower[]
}

/**
 * What a channel of 50,000 members costs another channel: that channel, once beside a small channel with as many
 * connected followers and as much traffic, once beside the large one, once more beside the small one. How far the
 * two beside the small one are apart is what such figures mean on this machine.
 */
export const largeChannel: ClusterSection = {
  name: 'cluster-large',
  async run(options) {
    const { world, sizes, seconds, repeats, onProgress } = options
    const gateways = await world.use(2, world.sequencers.slice(0, 1))
    const clients: Client[] = []
    const open = async (name: string, members: number) => {
      const crowd = await openCrowd(world, gateways, { channels: 1, members, name })
      clients.push(...crowd)
      return crowd
    }
    const beside = async (name: string): Promise<Crowd> => {
      const [sender, ...others] = await open(name, sizes.largeFollowers + 1)
      if (sender === undefined) throw new Error('nobody is there to send')
      return { sender, followers: others.map((client) => new Follower(client)) }
    }
    try {
      await world.fill('large-0', sizes.largeMembers)
      const pair = await open('looked-at', 2)
      const [small, large] = [await beside('small'), await beside('large')]
      for (const crowd of [small, large]) {
        await measure(options, pair, crowd, Math.min(WARM_UP_S, seconds))
      }
      const all: Repeat[] = []
      for (let repeat = 0; repeat < repeats; repeat++) {
        all.push({
          small: await measure(options, pair, small, seconds),
          large: await measure(options, pair, large, seconds),
          smallAgain: await measure(options, pair, small, seconds),
        })
        onProgress(lineOf(all.at(-1)))
      }
      checkPulled(small, large)
      return rowsOf(options, all)
    } finally {
      for (const client of clients) client.close()
    }
  },
}

async function measure(
  { world, sizes: { largePerS } }: ClusterOptions,
  pair: readonly Client[],
  { sender }: Crowd,
  seconds: number,
): Promise<Measured> {
  const usage = new Usage(world)
  const [looked, beside] = await Promise.all([
    paced(pair, largePerS * LOOKED_AT, seconds),
    paced([sender], largePerS, seconds),
  ])
  const messages = looked.sent.length + beside.sent.length
  const cpuUs = sumOf(usage.perMessage(messages), ROLES)
  return { acks: looked.acks, shown: looked.shown, cpuUs }
}

/** Figures of a large channel that was served like a small one would be of something else. */
function checkPulled(small: Crowd, large: Crowd): void {
  for (const follower of [...small.followers, ...large.followers]) follower.check()
  if (large.followers.some(({ live }) => live > 0))
    throw new Error('bodies went to a large channel')
  if (small.followers.some(({ live }) => live === 0)) throw new Error('a follower heard nothing')
}

const FIGURES = [
  { name: 'send → ack, p50', unit: 'ms', of: ({ acks }: Measured) => acks.quantile(0.5) },
  { name: 'send → ack, p99', unit: 'ms', of: ({ acks }: Measured) => acks.quantile(0.99) },
  {
    name: 'send → shown at another gateway, p50',
    unit: 'ms',
    of: ({ shown }: Measured) => shown.quantile(0.5),
  },
  {
    name: 'send → shown at another gateway, p99',
    unit: 'ms',
    of: ({ shown }: Measured) => shown.quantile(0.99),
  },
  {
    name: 'processor time of gateways, sequencers and api',
    unit: 'µs for each message',
    of: ({ cpuUs }: Measured) => cpuUs,
  },
] as const

const lineOf = (repeat: Repeat | undefined): string =>
  repeat === undefined
    ? ''
    : FIGURES.map(({ name, of }) => {
        const { small, large, smallAgain } = repeat
        return `${name}: ${[small, large, smallAgain].map((one) => of(one).toFixed(1)).join(', ')}`
      }).join('; ')

function rowsOf({ sizes }: ClusterOptions, repeats: readonly Repeat[]): Row[] {
  const { largeMembers, largeFollowers, largePerS } = sizes
  const load = `${largePerS * LOOKED_AT} msg/s in a channel beside one of ${largeMembers} members, ${largeFollowers} connected, with ${largePerS} msg/s`
  return FIGURES.map(({ name, unit, of }): Row => {
    const figures = repeats.map(({ small, large, smallAgain }) => {
      const [before, beside, after] = [of(small), of(large), of(smallAgain)]
      const apart = Math.max(before, after) / Math.min(before, after)
      return { small: (before + after) / 2, beside, apart }
    })
    const ratio = median(figures.map((one) => one.beside / one.small))
    const noise = Math.max(...figures.map(({ apart }) => apart))
    return {
      measure: `${name}, ${load}`,
      unit,
      figures: {
        'beside the large one': median(figures.map(({ beside }) => beside)),
        'beside a small one': median(figures.map(({ small }) => small)),
        'small ones apart, ×': noise,
      },
      ratios: [
        {
          against: 'beside a small one',
          ratio,
          goal: `≤ ${noise.toFixed(2)} ×, as small ones are apart`,
          met: ratio <= noise,
        },
      ],
    }
  })
}
