import type { Random } from '../world/random.js'
import { CHANNELS } from './setting.js'
import type { Action, Setting } from './steps.js'

/** Something that happens a while after its scenario began. */
export type Timed = readonly [afterMs: number, action: Action]

/**
 * Steps that belong together: what goes wrong where two things meet, which chance alone would bring together only
 * once in a thousand worlds.
 */
export function scenario(random: Random, setting: Setting, number: number): readonly Timed[] {
  const channel = random.int(0, CHANNELS - 1)
  const place = { random, setting, channel, number }
  return random.pick([
    removalBehindLostPush,
    changesOfOneMessage,
    directoryInHaste,
    answerOfNothingLost,
    crashInABurst,
    newcomerWithoutHistory,
  ])(place)
}

interface Place {
  readonly random: Random
  readonly setting: Setting
  readonly channel: number
  /** Makes texts of their own. */
  readonly number: number
}

const membersOf = ({ setting, channel }: Place): readonly number[] =>
  setting.channels[channel]?.members ?? []

const tabOf = ({ setting, random }: Place, user: number): number =>
  random.pick(setting.tabs.flatMap((tab, index) => (tab.user === user ? [index] : [])))

const anyTab = (place: Place): number => tabOf(place, place.random.pick(membersOf(place)))

/** The gateway does not hear of a removal, and the one who was removed goes on reading. */
function removalBehindLostPush(place: Place): readonly Timed[] {
  const { random, channel, number } = place
  const user = random.pick(membersOf(place).filter((member) => member > 0))
  const tab = tabOf(place, user)
  const reads = Array.from(
    { length: 6 },
    (_, i): Timed => [
      10 + i * random.int(10, 120),
      { do: 'history', tab, channel, limit: 5, back: 0 },
    ],
  )
  return [
    [0, { do: 'push', fault: 'events_lost' }],
    [5, { do: 'remove', user, channel, ban: false }],
    ...reads,
    [60, { do: 'send', tab: tabOf(place, 0), channel, text: `s${number}` }],
    [random.int(200, 2_500), { do: 'send', tab: tabOf(place, 0), channel, text: `t${number}` }],
  ]
}

/** One message is changed several times while writes land late. */
function changesOfOneMessage(place: Place): readonly Timed[] {
  const { random, channel, number } = place
  const tab = anyTab(place)
  const gapMs = random.int(5, 400)
  return [
    [0, { do: 'send', tab, channel, text: `s${number}` }],
    [60, { do: 'write', fault: { kind: 'store_late', delayMs: random.int(300, 5_000) } }],
    [80, { do: 'edit', tab, channel, pick: 0.599, text: `s${number} once` }],
    [80 + gapMs, { do: 'edit', tab, channel, pick: 0.599, text: `s${number} twice` }],
    [100 + gapMs, { do: 'history', tab: anyTab(place), channel, limit: 5, back: 0 }],
    [
      120 + 2 * gapMs,
      random.chance(0.5)
        ? { do: 'delete', tab, channel, pick: 0.599 }
        : { do: 'react', tab, channel, pick: 0.599, emoji: '👍' },
    ],
    [random.int(200, 6_000), { do: 'history', tab: anyTab(place), channel, limit: 20, back: 0 }],
  ]
}

/** Several changes of one channel's directory stand in line at once. */
function directoryInHaste(place: Place): readonly Timed[] {
  const { random, channel, number } = place
  const user = random.pick(membersOf(place).filter((member) => member > 0))
  return [
    [0, { do: 'slow_log', ms: 1_000, latencyMs: random.int(5, 300) }],
    [1, { do: 'rename', channel, name: `first ${number}` }],
    [2, { do: 'remove', user, channel, ban: random.chance(0.3) }],
    [random.int(3, 60), { do: 'rename', channel, name: `second ${number}` }],
    [random.int(4, 80), { do: 'add', user, channel, fromNow: random.chance(0.5) }],
  ]
}

/** A change of nothing makes no event, so only its answer can settle it. */
function answerOfNothingLost(place: Place): readonly Timed[] {
  const { random, channel, number } = place
  const tab = anyTab(place)
  return [
    [0, { do: 'send', tab, channel, text: `s${number}` }],
    [60, { do: 'react', tab, channel, pick: 0.599, emoji: '🎉' }],
    [110, { do: 'push', fault: 'answers_lost' }],
    [random.int(112, 130), { do: 'react', tab, channel, pick: 0.599, emoji: '🎉' }],
  ]
}

/** The server dies while many write. */
function crashInABurst(place: Place): readonly Timed[] {
  const { random, channel, number } = place
  const sends = Array.from(
    { length: 8 },
    (_, i): Timed => [
      i * random.int(0, 6),
      { do: 'send', tab: anyTab(place), channel, text: `s${number}.${i}` },
    ],
  )
  const kind = random.pick(['crash_late', 'crash_in_write'] as const)
  return [
    [
      random.int(0, 30),
      {
        do: 'write',
        fault:
          kind === 'crash_late'
            ? { kind, delayMs: random.int(500, 6_000) }
            : { kind, part: random.next() },
      },
    ],
    ...sends,
  ]
}

/** Somebody is out, comes back with nothing of what was before, and looks. */
function newcomerWithoutHistory(place: Place): readonly Timed[] {
  const { random, setting, channel, number } = place
  const user = random.pick(membersOf(place).filter((member) => member > 0))
  const tabs = setting.tabs.flatMap((tab, index) => (tab.user === user ? [index] : []))
  const backMs = random.int(50, 3_000)
  return [
    [0, { do: 'remove', user, channel, ban: false }],
    [backMs, { do: 'add', user, channel, fromNow: true }],
    ...tabs.map((tab): Timed => [backMs + 200, { do: 'open', tab, channel }]),
    [backMs + 300, { do: 'send', tab: tabOf(place, 0), channel, text: `n${number}` }],
  ]
}

/** The last event of a channel is lost on its way, and no later one tells of it (R12). */
export function lastPushLost(random: Random, setting: Setting): readonly Timed[] {
  const channel = random.int(0, CHANNELS - 1)
  const tab = anyTab({ random, setting, channel, number: 0 })
  return [
    [0, { do: 'push', fault: 'push_lost' }],
    [5, { do: 'send', tab, channel, text: 'nobody hears of this' }],
  ]
}
