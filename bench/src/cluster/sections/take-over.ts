import { median } from '../../cpu.js'
import type { Row } from '../../sections/section.js'
import { rest, until } from '../../until.js'
import { nowUs } from '../clock.js'
import { openCrowd } from '../load/open.js'
import { paced } from '../load/paced.js'
import type { Sent } from '../load/unsettled.js'
import type { RoleProcess } from '../world/process.js'
import { HASTY_COMMIT_LAG_MS, PARTITIONS } from '../world/world.js'
import { halfOfSaturated, openPairs } from './saturated.js'
import type { ClusterOptions, ClusterSection } from './section.js'

/** Longer than offsets are committed late. */
const BEFORE_S = 4
/** Of the seconds of a measurement: for so long messages are sent after the survivor holds every partition. */
const AFTER = 0.75
/** At most so long the survivor is waited for. */
const WITHIN_S = 60
/** Answered again as if nothing had been. */
const NORMAL_MS = 1_000

/** Since the kill, in seconds. */
interface TakeOver {
  /** The survivor holds every partition. */
  readonly assignedS: number
  /** Something that was sent after the kill is acknowledged in every channel. */
  readonly liveS: number
  /** What is sent from then on is acknowledged within a second again. */
  readonly caughtUpS: number
}

/** Kills one of two sequencers while messages are sent, and starts it again. */
async function takeOver(
  { world, sizes, seconds }: ClusterOptions,
  perS: number,
  sequencers: readonly RoleProcess[],
): Promise<TakeOver> {
  const [victim, survivor] = sequencers
  if (victim === undefined || survivor === undefined) throw new Error('it takes two sequencers')
  const gateways = await world.use(2, sequencers)
  const crowd = { channels: sizes.channels, members: 2, name: 'pairs' }
  const clients = await openCrowd(world, gateways, crowd)
  let isOver = false
  try {
    const beforeS = Math.min(BEFORE_S, 2 * seconds)
    const longestS = beforeS + WITHIN_S + seconds
    const load = paced(clients, perS, longestS, () => isOver)
    // it is awaited at the end; meanwhile its failure is nobody's
    load.catch(() => undefined)
    await rest(beforeS * 1_000)
    const killedUs = nowUs()
    await victim.kill()
    await until('the survivor to hold every partition', WITHIN_S * 1_000, async () => {
      const held = await survivor.partitionsHeld().catch(() => [])
      return held.length === PARTITIONS
    })
    const assignedS = (nowUs() - killedUs) / 1_000_000
    await rest(AFTER * seconds * 1_000)
    isOver = true
    return { assignedS, ...judged((await load).sent, killedUs) }
  } finally {
    isOver = true
    for (const client of clients) client.close()
  }
}

function judged(sent: readonly Sent[], killedUs: number): Omit<TakeOver, 'assignedS'> {
  const firstAcks = new Map<string, number>()
  let lateUs = killedUs
  for (const { channelId, atUs, ackedUs = Number.NaN } of sent) {
    if (atUs <= killedUs) continue
    firstAcks.set(channelId, Math.min(ackedUs, firstAcks.get(channelId) ?? ackedUs))
    if (ackedUs - atUs > NORMAL_MS * 1_000) lateUs = Math.max(lateUs, atUs)
  }
  const liveUs = Math.max(killedUs, ...firstAcks.values())
  return { liveS: (liveUs - killedUs) / 1_000_000, caughtUpS: (lateUs - killedUs) / 1_000_000 }
}

/** Who is left must be able to carry it all. */
async function halfNow(options: ClusterOptions): Promise<number> {
  const pairs = await openPairs(options)
  try {
    return Math.round(await halfOfSaturated(options, pairs))
  } finally {
    for (const client of pairs) client.close()
  }
}

const MEASURES = [
  { key: 'assignedS', name: 'the other holds every partition' },
  { key: 'liveS', name: 'every channel acknowledges what was sent since' },
  { key: 'caughtUpS', name: `what is sent is acknowledged within ${NORMAL_MS} ms again` },
] as const

export const takeOvers: ClusterSection = {
  name: 'cluster-takeover',
  async run(options) {
    const { world, repeats, sizes, onProgress } = options
    const ways = [
      { name: 'committed 2,000 ms late', sequencers: world.sequencers, all: [] as TakeOver[] },
      {
        name: `committed ${HASTY_COMMIT_LAG_MS} ms late`,
        sequencers: world.hastySequencers,
        all: [] as TakeOver[],
      },
    ].filter(({ sequencers }) => sequencers.length > 0)
    const perS = Math.min(sizes.takeOverPerS, await halfNow(options))
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const { name, sequencers, all } of ways) {
        const one = await takeOver(options, perS, sequencers)
        all.push(one)
        onProgress(
          `${name}: ${MEASURES.map(({ key }) => `${key} ${one[key].toFixed(1)}`).join(', ')}`,
        )
      }
    }
    return MEASURES.map(
      ({ key, name }): Row => ({
        measure: `a sequencer of two is killed at ${perS} msg/s: until ${name}`,
        unit: 's',
        figures: Object.fromEntries(
          ways.map((way) => [way.name, median(way.all.map((one) => one[key]))]),
        ),
        ratios: [],
      }),
    )
  },
}
