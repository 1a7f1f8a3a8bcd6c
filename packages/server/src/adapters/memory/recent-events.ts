import type { Page } from '../../ports/message-store.js'
import type { RecentEvents } from '../../ports/recent-events.js'
import { isAsNewAs } from '../../stream/recent-pages.js'
import type { RecentEngine, SharedKey } from '../recent-events/engine.js'
import { createRecentEvents, type RecentEventsOptions } from '../recent-events/recent-events.js'

/** Most pages that are kept; the first that came go first (I7). */
const PAGES_MAX = 1_000

/** Shared by the gateways of one process: for tests and for the simulator. */
export function createMemoryRecentEvents(options: RecentEventsOptions): RecentEvents {
  return createRecentEvents(createMemoryRecentEngine(options), options)
}

/** Pages and rights in this memory; several processes of a test may share it. */
export function createMemoryRecentEngine({
  environment,
}: Pick<RecentEventsOptions, 'environment'>): RecentEngine {
  const pages = new Map<string, { readonly page: Page; readonly until: number }>()
  const rights = new Map<string, { readonly owner: string; readonly until: number }>()
  const nameOf = ({ channelId, epoch, name }: SharedKey) => `${channelId}\n${epoch}\n${name}`
  const giveBack = (name: string, owner: string): void => {
    if (rights.get(name)?.owner === owner) rights.delete(name)
  }
  return {
    async claim(key, needs, owner, lockMs) {
      const name = nameOf(key)
      const now = environment.monotonicNow()
      const kept = pages.get(name)
      if (kept !== undefined && kept.until > now && isAsNewAs(kept.page, needs)) {
        return { kind: 'page', page: kept.page }
      }
      const right = rights.get(name)
      if (right !== undefined && right.until > now) return { kind: 'wait' }
      rights.set(name, { owner, until: now + lockMs })
      return { kind: 'load' }
    },
    async publish(key, owner, page, keepMs) {
      const name = nameOf(key)
      giveBack(name, owner)
      const kept = pages.get(name)
      if (kept !== undefined && headOf(kept.page) > headOf(page)) return
      pages.delete(name)
      const oldest = pages.keys().next().value
      if (pages.size >= PAGES_MAX && oldest !== undefined) pages.delete(oldest)
      pages.set(name, { page, until: environment.monotonicNow() + keepMs })
    },
    async abandon(key, owner) {
      giveBack(nameOf(key), owner)
    },
  }
}

const headOf = (page: Page): number => page.asOf?.headSeq ?? 0
