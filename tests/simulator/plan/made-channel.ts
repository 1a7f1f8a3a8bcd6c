import type { Random } from '../world/random.js'
import type { Timed } from './scenarios.js'
import type { AdminStep, Opening, Setting } from './steps.js'

const BEFORE_MS = 100
/** So long before and after somebody becomes a member their applications open the channel. */
const AROUND_MS = 60

/**
 * The life of a channel that is made while the world lives. Applications learn of it from elsewhere, and open it
 * before, while and after their user becomes a member of it; then names, roles and members change at short intervals.
 */
export function madeChannel(random: Random, setting: Setting, channel: number): readonly Timed[] {
  const steps: Timed[] = []
  const tabsOf = (user: number): readonly number[] =>
    setting.tabs.flatMap((tab, index) => (tab.user === user ? [index] : []))
  /** What opens the channel as soon as it may; and some that try before, or a while after. */
  const openings = (user: number, atMs: number): readonly Opening[] =>
    tabsOf(user).flatMap((tab): readonly Opening[] => {
      if (random.chance(0.5)) return [{ tab, afterMs: random.int(0, 6) }]
      if (random.chance(0.5)) {
        const openMs = Math.max(0, atMs + random.int(-AROUND_MS, AROUND_MS))
        steps.push([openMs, { do: 'open', tab, channel }])
      }
      return []
    })
  const adding = (user: number, atMs: number): AdminStep => {
    const fromNow = random.chance(0.3)
    return { do: 'add', user, channel, fromNow, opens: openings(user, atMs) }
  }
  const trouble = (atMs: number, user: number): void => {
    const tab = random.pick(tabsOf(user))
    const [step] = random.pick([
      [],
      [],
      [{ do: 'push', fault: random.pick(['events_lost', 'push_late'] as const) }],
      [{ do: 'slow_directory', ms: 1_500, latencyMs: random.int(5, 120) }],
      [{ do: 'cut', tab }],
      [{ do: 'stall', tab, ms: random.int(20, 400) }],
    ] as const)
    if (step !== undefined) steps.push([Math.max(0, atMs + random.int(-20, 20)), step])
  }
  const member = random.int(1, setting.users - 1)
  const other = 1 + (member % (setting.users - 1))

  steps.push([
    BEFORE_MS,
    { do: 'make', user: 0, channel, name: `made ${channel}`, opens: openings(0, BEFORE_MS) },
  ])
  trouble(BEFORE_MS, 0)
  for (const user of random.chance(0.5) ? [member, other] : [member]) {
    const addMs = BEFORE_MS + random.int(5, 400)
    steps.push([addMs, adding(user, addMs)])
    trouble(addMs, user)
  }
  let atMs = 600
  for (let i = random.int(2, 5); i > 0; i--) {
    atMs += random.int(5, 500)
    trouble(atMs, member)
    const change = random.pick<() => readonly AdminStep[]>([
      () => [{ do: 'rename', channel, name: `made ${channel}.${i}` }],
      () => [{ do: 'role', user: member, channel, role: random.pick(['admin', 'read_only']) }],
      () => [{ do: 'send_as', user: 0, channel, text: `made ${channel} #${i}` }],
      () => [{ do: 'remove', user: member, channel, ban: false }, adding(member, atMs)],
    ])
    for (const action of change()) {
      steps.push([atMs, action])
      atMs += random.int(1, 300)
    }
  }
  if (random.chance(0.3)) steps.push([atMs, { do: 'remove', user: member, channel, ban: false }])
  return steps
}
