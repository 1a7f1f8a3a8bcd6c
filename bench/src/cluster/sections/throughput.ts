import { median } from '../../cpu.js'
import { Bare } from '../bare/bare.js'
import { Usage } from '../usage.js'
import { PARTITIONS } from '../world/world.js'
import { medians } from './medians.js'
import { measureSaturated, openPairs } from './saturated.js'
import type { ClusterSection } from './section.js'

const AT_LEAST = 0.5
const WARM_UP_S = 1

/** Acknowledged messages of one sequencer process, against the bare parts with as many under way. */
export const throughput: ClusterSection = {
  name: 'cluster-throughput',
  async run(options) {
    const { world, sizes, seconds, repeats, onProgress } = options
    const bare = await Bare.start(world.services, {
      partitions: PARTITIONS,
      channels: sizes.channels,
    })
    const pairs = await openPairs(options)
    const underWay = pairs.length * sizes.inFlight
    try {
      const all: { ours: number; bare: number; usage: Readonly<Record<string, number>> }[] = []
      const warmUpS = Math.min(WARM_UP_S, seconds)
      await measureSaturated({ ...options, seconds: warmUpS }, pairs)
      await bare.saturate(underWay, warmUpS)
      for (let repeat = 0; repeat < repeats; repeat++) {
        const usage = new Usage(world)
        const startedAt = performance.now()
        const ours = await measureSaturated(options, pairs)
        const messages = (ours * (performance.now() - startedAt)) / 1_000
        const perMessage = usage.perMessage(messages)
        all.push({ ours, usage: perMessage, bare: await bare.saturate(underWay, seconds) })
        onProgress(
          `${Math.round(ours)} acknowledged a second, bare parts ${Math.round(all.at(-1)?.bare ?? 0)}`,
        )
      }
      const ratio = median(all.map((one) => one.ours / one.bare))
      return [
        {
          measure: `acknowledged with one sequencer, ${sizes.channels} channels, ${underWay} under way`,
          unit: 'messages per second',
          figures: {
            Tidings: median(all.map((one) => one.ours)),
            'bare parts': median(all.map((one) => one.bare)),
          },
          ratios: [
            { against: 'bare parts', ratio, goal: `≥ ${AT_LEAST} ×`, met: ratio >= AT_LEAST },
          ],
        },
        {
          measure: 'processor time meanwhile',
          unit: 'µs for each message',
          figures: medians(all.map((one) => one.usage)),
          ratios: [],
        },
      ]
    } finally {
      for (const client of pairs) client.close()
      await bare.close()
    }
  },
}
