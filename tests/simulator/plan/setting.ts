import type { Random } from '../world/random.js'
import type { ChannelSetting, FeatureName, Setting, TabSetting } from './steps.js'

const USERS = 6
export const CHANNELS = 3
/** So many more are made while a world lives. */
const MADE = 2
const KEEP_LISTS = 0.7
const FEATURES: readonly FeatureName[] = ['presence', 'typing', 'receipts']

/** A world of some kind, with at least 8 clients and 3 channels. `lists`: chance for what came to it later. */
export function makeSetting(random: Random, lists: Random): Setting {
  const kind = random.weighted([
    [4, 'embedded'],
    [4, 'cluster'],
    [2, 'cluster_sql'],
  ] as const)
  const isEmbedded = kind === 'embedded'
  return {
    kind,
    partitions: random.int(1, 2),
    commitLagMs: isEmbedded ? 0 : random.pick([0, 500, 2_000]),
    maxBatchRecords: random.pick([1, 3, 500]),
    maxQueuedRecords: random.pick([20, 10_000]),
    tokenLifeMs: random.pick([20_000, 45_000, 3_600_000]),
    users: USERS,
    tabs: makeTabs(random).map((tab) => ({ ...tab, keepsList: lists.chance(KEEP_LISTS) })),
    channels: [...makeChannels(random), ...Array.from({ length: MADE }, () => madeLater(lists))],
    gateway: {
      tailMaxEvents: random.pick([2, 10, 50, 200]),
      socketBufferMaxBytes: random.pick([2_048, 16_384, 1_048_576]),
      holdMaxEvents: random.pick([2, 16, 256]),
      repairMaxEvents: random.pick([3, 30, 1_000]),
      tailFillEvents: random.pick([2, 20, 100]),
      headsIntervalMs: random.pick([3_000, 10_000]),
      pagesKeptMs: random.pick([100, 2_000, 10_000]),
      channelLingerMs: random.pick([1_000, 60_000]),
      ...makePullBounds(random),
    },
  }
}

/** In a part of the worlds some channels are above these bounds, and some go over them and back. */
function makePullBounds(random: Random) {
  return {
    pullAboveMembers: random.pick([0, 0, 3, 4, 5]),
    pullAboveEventsPerS: random.pick([0, 0, 0, 1, 2]),
    headEveryMs: random.pick([50, 400, 1_500]),
    pulledTailMaxEvents: random.pick([3, 30, 10_000]),
  }
}

/** Two tabs of one user on one machine, two machines of another, and one tab for each of the others. */
function makeTabs(random: Random): Omit<TabSetting, 'keepsList'>[] {
  const places = [
    [0, 0],
    [0, 0],
    [1, 1],
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 5],
    [5, 6],
  ] as const
  const more = random.chance(0.3) ? ([[2, 3]] as const) : []
  // in some worlds nobody has any of them, in some most have all
  const featured = random.pick([0, 0.4, 0.8])
  return [...places, ...more].map(([user, browser]) => ({
    user,
    browser,
    catchUp: random.chance(0.3) ? 'all' : 'recent',
    maxRows: random.pick([8, 1_000, 1_000]),
    knowsUser: random.chance(0.5),
    opens: [0, 1, 2].filter(() => random.chance(0.7)),
    features: FEATURES.filter(() => random.chance(featured)),
  }))
}

/** One that all are in, one of some, one of few; a long history, so that numbers cross from bucket to bucket. */
function makeChannels(random: Random): ChannelSetting[] {
  const history = (long: number): number =>
    random.weighted([
      [3, 0],
      [3, random.int(5, 60)],
      [long, random.int(930, 998)],
    ])
  return [
    { kind: 'public', members: [0, 1, 2, 3, 4, 5], history: history(3) },
    { kind: 'private', members: [0, 1, 2, 3], history: history(1) },
    { kind: 'private', members: [0, 1, 4, 5], history: history(0) },
  ]
}

const madeLater = (random: Random): ChannelSetting => ({
  kind: random.pick(['public', 'private'] as const),
  members: [],
  history: 0,
  isMade: true,
})
