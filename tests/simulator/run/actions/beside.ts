import type { BesideStep } from '../../plan/steps.js'
import type { KnownMessage, Life } from '../../world/life.js'
import { channelName } from '../names.js'
import type { World } from '../world.js'

/** What applications do beside messages. A client without the feature for it does nothing. */
export function besideAction(world: World, step: BesideStep): void {
  const tab = world.tabs[step.tab]
  const life = tab && world.alive(tab)
  if (life === undefined || life.page.isFrozen) return
  const { client, watching } = life
  if (step.do === 'status') return client.presence?.set(step.status)
  const channelId = channelName(step.channel)
  switch (step.do) {
    case 'mark_read': {
      const message = pickToRead(life, channelId, step.pick)
      if (message !== undefined) client.receipts?.in(channelId).read(message)
      return
    }
    case 'type':
      return client.typing?.in(channelId)[step.state]()
    case 'watch':
      if (watching.has(channelId, step.what)) watching.end(channelId, step.what)
      else watching.begin(channelId, step.what)
  }
}

/** Mostly the last message that was seen; sometimes an older one, which must change nothing. */
function pickToRead(life: Life, channelId: string, pick: number): KnownMessage | undefined {
  const all = life.known.get(channelId) ?? []
  // as applications have them: with the count at which they stand
  const known = all.filter(({ messageCount }) => messageCount !== undefined)
  return pick < 0.7 ? known.at(-1) : known[Math.floor(((pick - 0.7) / 0.3) * known.length)]
}
