import { median } from '../../cpu.js'
import type { Row } from '../../sections/section.js'
import { bareOf } from '../bare/of-world.js'
import { paced } from '../load/paced.js'
import { Timings } from '../timings.js'
import { halfOfSaturated, openPairs } from './saturated.js'
import type { ClusterSection } from './section.js'

const LOW_PER_S = 10
const AT_MOST = 1.5
const WARM_UP_S = 1

interface Repeat {
  readonly acks: Timings
  readonly shown: Timings
  readonly bare: Timings
}

export const latency: ClusterSection = {
  name: 'cluster-latency',
  async run(options) {
    const { world, sizes, seconds, repeats, onProgress } = options
    const bare = await bareOf(world, sizes.channels)
    const pairs = await openPairs(options)
    try {
      const half = Math.round(await halfOfSaturated(options, pairs))
      // a rate is sustained for so long that there is something to take quantiles of
      const rates = [
        { perS: LOW_PER_S, seconds: 2 * seconds, name: `${LOW_PER_S} msg/s` },
        { perS: half, seconds, name: `half of the saturated rate (${half} msg/s)` },
      ]
      const rows: Row[] = []
      for (const rate of rates) {
        await paced(pairs, rate.perS, Math.min(WARM_UP_S, rate.seconds))
        await bare.paced(rate.perS, Math.min(WARM_UP_S, rate.seconds))
        const all: Repeat[] = []
        for (let repeat = 0; repeat < repeats; repeat++) {
          const ours = await paced(pairs, rate.perS, rate.seconds)
          all.push({ ...ours, bare: await bare.paced(rate.perS, rate.seconds) })
          onProgress(`${rate.name}: ${lineOf(all.at(-1))}`)
        }
        rows.push(...rowsOf(rate.name, all))
      }
      return rows
    } finally {
      for (const client of pairs) client.close()
    }
  },
}

const QUANTILES = [
  { name: 'p50', part: 0.5 },
  { name: 'p99', part: 0.99 },
] as const
const WAYS = [
  { key: 'acks', name: 'send → ack' },
  { key: 'shown', name: 'send → shown at another gateway' },
] as const

const lineOf = (repeat: Repeat | undefined): string =>
  repeat === undefined
    ? ''
    : (['acks', 'shown', 'bare'] as const)
        .map(
          (key) =>
            `${key} ${QUANTILES.map(({ part }) => repeat[key].quantile(part).toFixed(1)).join(' / ')}`,
        )
        .join(', ')

const rowsOf = (rate: string, repeats: readonly Repeat[]): Row[] =>
  WAYS.flatMap(({ key, name }) =>
    QUANTILES.map((quantile): Row => {
      const of = (timings: Timings) => timings.quantile(quantile.part)
      const ratio = median(repeats.map((repeat) => of(repeat[key]) / of(repeat.bare)))
      return {
        measure: `${name}, ${rate}, ${quantile.name}`,
        unit: 'ms',
        figures: {
          Tidings: of(Timings.joined(repeats.map((repeat) => repeat[key]))),
          'bare parts': of(Timings.joined(repeats.map((repeat) => repeat.bare))),
        },
        ratios: [{ against: 'bare parts', ratio, goal: `≤ ${AT_MOST} ×`, met: ratio <= AT_MOST }],
      }
    }),
  )
