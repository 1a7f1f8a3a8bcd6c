import type { Random } from '../world/random.js'
import { CHANNELS } from './setting.js'
import type { BesideStep, Setting } from './steps.js'

/** What an application does with one of the features of its client; nothing where it has none. */
export function besideStep(random: Random, setting: Setting): BesideStep | undefined {
  const tab = random.int(0, setting.tabs.length - 1)
  const channel = random.int(0, CHANNELS - 1)
  const features = setting.tabs[tab]?.features ?? []
  if (features.length === 0) return undefined
  const feature = random.pick(features)
  if (random.chance(0.25)) return { do: 'watch', tab, channel, what: feature }
  switch (feature) {
    case 'receipts':
      return { do: 'mark_read', tab, channel, pick: random.next() }
    case 'typing':
      return { do: 'type', tab, channel, state: random.chance(0.7) ? 'start' : 'stop' }
    case 'presence':
      return random.chance(0.5)
        ? { do: 'status', tab, status: random.pick(['online', 'away'] as const) }
        : { do: 'watch', tab, channel, what: feature }
  }
}
