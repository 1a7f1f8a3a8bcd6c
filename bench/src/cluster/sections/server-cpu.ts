import { median } from '../../cpu.js'
import type { Row } from '../../sections/section.js'
import { rest } from '../../until.js'
import { openCrowd } from '../load/open.js'
import { paced } from '../load/paced.js'
import { ROLES, sumOf, Usage } from '../usage.js'
import { medians } from './medians.js'
import type { ClusterOptions, ClusterSection } from './section.js'

const CHANNELS = 10
const AT_MOST = 1.2

const SHAPES = [
  { gateways: 1, sequencers: 1, name: '1 gateway, 1 sequencer' },
  { gateways: 1, sequencers: 2, name: '1 gateway, 2 sequencers' },
  { gateways: 2, sequencers: 1, name: '2 gateways, 1 sequencer' },
] as const

type Shape = (typeof SHAPES)[number]
type Figures = Readonly<Record<string, number>>

/** Processor time for each message, by part, at one rate; and what the same processes take when nothing is said. */
async function measure(
  { world, sizes, seconds }: ClusterOptions,
  { gateways, sequencers }: Shape,
): Promise<{ readonly busy: Figures; readonly idle: Figures }> {
  const serving = await world.use(gateways, world.sequencers.slice(0, sequencers))
  const crowd = { channels: CHANNELS, members: sizes.cpuMembers, name: 'cpu' }
  const clients = await openCrowd(world, serving, crowd)
  try {
    await paced(clients, sizes.cpuPerS, seconds / 4)
    const resting = new Usage(world)
    await rest(seconds * 1_000)
    const idle = resting.perMessage(seconds * sizes.cpuPerS)
    const usage = new Usage(world)
    const { sent } = await paced(clients, sizes.cpuPerS, seconds)
    return { busy: usage.perMessage(sent.length), idle }
  } finally {
    for (const client of clients) client.close()
  }
}

export const serverCpu: ClusterSection = {
  name: 'cluster-cpu',
  async run(options) {
    const { repeats, sizes, onProgress } = options
    const all = new Map(SHAPES.map((shape) => [shape, [] as { busy: Figures; idle: Figures }[]]))
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const shape of SHAPES) {
        const measured = await measure(options, shape)
        all.get(shape)?.push(measured)
        const parts = ROLES.map((role) => `${role} ${(measured.busy[role] ?? 0).toFixed(0)}`)
        onProgress(`${shape.name}: ${parts.join(', ')} µs for each message`)
      }
    }
    const of = (shape: Shape) => all.get(shape) ?? []
    const ours = (shape: Shape) => of(shape).map(({ busy }) => sumOf(busy, ROLES))
    const [one, ...others] = SHAPES
    const load = `${sizes.cpuPerS} msg/s, ${CHANNELS} channels of ${sizes.cpuMembers}`
    const unit = 'µs for each message'
    return [
      ...SHAPES.map(
        (shape): Row => ({
          measure: `processor time, ${shape.name}, ${load}`,
          unit,
          figures: medians(of(shape).map(({ busy }) => busy)),
          ratios: [],
        }),
      ),
      {
        measure: `of it what the processes take without any message, ${one.name}`,
        unit,
        figures: medians(of(one).map(({ idle }) => idle)),
        ratios: [],
      },
      ...others.map((shape): Row => {
        const ratio = median(ours(shape).map((each, i) => each / (ours(one)[i] ?? Number.NaN)))
        return {
          measure: `processor time of gateways, sequencers and api, ${shape.name}`,
          unit,
          figures: { [shape.name]: median(ours(shape)), [one.name]: median(ours(one)) },
          ratios: [{ against: one.name, ratio, goal: `≤ ${AT_MOST} ×`, met: ratio <= AT_MOST }],
        }
      }),
    ]
  },
}
