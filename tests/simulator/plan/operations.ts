import type { Random } from '../world/random.js'
import { CHANNELS } from './setting.js'
import type { AdminStep, ClientStep, Setting } from './steps.js'

const EMOJI = ['👍', '🎉', '👩‍👩‍👧']
const LONG = 'long '.repeat(80)

/** What an application does. Texts are all different, so that one that comes twice is known. */
export function clientStep(random: Random, setting: Setting, number: number): ClientStep {
  const tab = random.int(0, setting.tabs.length - 1)
  const channel = random.weighted([
    [5, 0],
    [3, 1],
    [2, 2],
  ])
  const to = { tab, channel }
  const text = `#${number}${random.chance(0.1) ? ` ${LONG}` : ''}`
  return random.weighted<() => ClientStep>([
    [50, () => ({ do: 'send', ...to, text })],
    [6, () => ({ do: 'send', ...to, text, reply: random.next() })],
    [3, () => ({ do: 'send', ...to, text, abortMs: random.int(0, 2_000) })],
    [9, () => ({ do: 'edit', ...to, text, pick: random.next() })],
    [5, () => ({ do: 'delete', ...to, pick: random.next() })],
    [8, () => ({ do: 'react', ...to, pick: random.next(), emoji: random.pick(EMOJI) })],
    [4, () => ({ do: 'unreact', ...to, pick: random.next(), emoji: random.pick(EMOJI) })],
    [6, () => ({ do: 'history', ...to, limit: random.pick([3, 10, 40]), back: random.int(0, 30) })],
    [4, () => ({ do: 'load_older', ...to })],
    [3, () => ({ do: 'open', ...to })],
    [3, () => ({ do: 'close_channel', ...to })],
    [2, () => ({ do: 'retry_parked', tab })],
    [1, () => ({ do: 'discard_parked', tab })],
  ])()
}

/** What the embedding platform does. The first user stays, so that every channel keeps an owner. */
export function adminStep(random: Random, number: number): AdminStep {
  const user = random.int(1, 5)
  const channel = random.int(0, CHANNELS - 1)
  return random.weighted<() => AdminStep>([
    [5, () => ({ do: 'remove', user, channel, ban: random.chance(0.3) })],
    [5, () => ({ do: 'add', user, channel, fromNow: random.chance(0.4) })],
    [
      2,
      () => ({
        do: 'role',
        user,
        channel,
        role: random.pick(['member', 'admin', 'read_only'] as const),
      }),
    ],
    [2, () => ({ do: 'rename', channel, name: `name ${number}` })],
    [3, () => ({ do: 'send_as', user, channel, text: `admin #${number}` })],
  ])()
}
