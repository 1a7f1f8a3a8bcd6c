import { median } from '../../cpu.js'
import { bareOf } from '../bare/of-world.js'
import { type Saturated, saturate } from '../load/saturate.js'
import { Usage } from '../usage.js'
import { medians } from './medians.js'
import { measureSaturated, openPairs } from './saturated.js'
import type { ClusterSection } from './section.js'

const AT_LEAST = 0.5
const WARM_UP_S = 1

interface Repeat {
  readonly ours: Saturated
  readonly bare: Saturated
  readonly ourUsage: Readonly<Record<string, number>>
  readonly bareUsage: Readonly<Record<string, number>>
}

/** Acknowledged messages of one sequencer process, against the bare parts with as many under way. */
export const throughput: ClusterSection = {
  name: 'cluster-throughput',
  async run(options) {
    const { world, sizes, seconds, repeats, onProgress } = options
    const bare = await bareOf(world, sizes.channels)
    const pairs = await openPairs(options)
    const underWay = pairs.length * sizes.inFlight
    try {
      const all: Repeat[] = []
      const warmUpS = Math.min(WARM_UP_S, seconds)
      await saturate(pairs, sizes.inFlight, warmUpS)
      await bare.saturate(underWay, warmUpS)
      for (let repeat = 0; repeat < repeats; repeat++) {
        const usage = new Usage(world)
        const ours = await measureSaturated(options, pairs)
        const ourUsage = usage.perMessage(ours.messages)
        const bareUsage = new Usage(world, bare.processIds)
        const theirs = await bare.saturate(underWay, seconds)
        const inParts = bareUsage.perMessage(theirs.messages)
        const { client = 0, kafka = 0, cassandra = 0 } = inParts
        all.push({ ours, bare: theirs, ourUsage, bareUsage: { client, kafka, cassandra } })
        onProgress(
          `${Math.round(ours.perS)} acknowledged a second, bare parts ${Math.round(theirs.perS)}`,
        )
      }
      const ratio = median(all.map((one) => one.ours.perS / one.bare.perS))
      return [
        {
          measure: `acknowledged with one sequencer, ${sizes.channels} channels, ${underWay} under way`,
          unit: 'messages per second',
          figures: {
            Tidings: median(all.map((one) => one.ours.perS)),
            'bare parts': median(all.map((one) => one.bare.perS)),
          },
          ratios: [
            { against: 'bare parts', ratio, goal: `≥ ${AT_LEAST} ×`, met: ratio >= AT_LEAST },
          ],
        },
        {
          measure: 'processor time meanwhile, Tidings',
          unit: 'µs for each message',
          figures: medians(all.map((one) => one.ourUsage)),
          ratios: [],
        },
        {
          measure: 'processor time meanwhile, bare parts',
          unit: 'µs for each message',
          figures: medians(all.map((one) => one.bareUsage)),
          ratios: [],
        },
      ]
    } finally {
      for (const client of pairs) client.close()
    }
  },
}
