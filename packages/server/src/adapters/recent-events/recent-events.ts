import type { ServerEnvironment } from '../../ports/environment.js'
import type { Page, PageQuery } from '../../ports/message-store.js'
import type { PageNeeds, RecentEvents, RecentPage } from '../../ports/recent-events.js'
import { cutPage, isAsNewAs, type PagePlan, planOf, rangePlan } from '../../stream/recent-pages.js'
import type { Claim, RecentEngine, SharedKey } from './engine.js'

export interface RecentEventsOptions {
  readonly environment: ServerEnvironment
  /** The newest events of a channel are kept so long. @default 3,600,000 */
  readonly newestKeepMs?: number
  /** Any other range is kept so long, for a storm. @default 30,000 */
  readonly rangeKeepMs?: number
  /** Longest wait for what another process loads; then it is loaded here too. @default 1,000 */
  readonly waitMs?: number
  /** Told when the engine did not answer and the store was asked instead. */
  readonly onTrouble?: (error: unknown) => void
}

type Load = (query: PageQuery) => Promise<Page>
type Ask = { readonly query: PageQuery; readonly needs: PageNeeds; readonly load: Load }

/** How often it is looked whether another process has loaded, at first and at most. */
const POLL_FIRST_MS = 5
const POLL_MAX_MS = 50
/** Askers that a page of this process did not do: they are few, and each load answers one. */
const JOIN_TRIES_MAX = 2

/** Shares pages through an engine, and within this process without asking it twice. */
export function createRecentEvents(
  engine: RecentEngine,
  options: RecentEventsOptions,
): RecentEvents {
  const { environment } = options
  const waitMs = options.waitMs ?? 1_000
  const flights = new Map<string, Promise<RecentPage>>()

  async function claim(key: SharedKey, needs: PageNeeds, owner: string): Promise<Claim> {
    try {
      return await engine.claim(key, needs, owner, waitMs)
    } catch (error) {
      options.onTrouble?.(error)
      return { kind: 'alone' }
    }
  }

  /** Loads what all who wait for it can have. */
  async function loadShared(key: SharedKey, owner: string, plan: PagePlan, load: Load) {
    const tell = (error: unknown): void => options.onTrouble?.(error)
    let page: Page
    try {
      page = await load(plan.load)
    } catch (error) {
      await engine.abandon(key, owner).catch(tell)
      throw error
    }
    const isOfEpoch = page.asOf?.epoch === key.epoch
    const keepMs =
      plan.kind === 'newest' ? (options.newestKeepMs ?? 3_600_000) : (options.rangeKeepMs ?? 30_000)
    const shared = isOfEpoch ? engine.publish(key, owner, page, keepMs) : engine.abandon(key, owner)
    await shared.catch(tell)
    return page
  }

  /** The whole page of a plan, from whoever has it first. */
  async function wholePage(plan: PagePlan, { needs, load }: Ask): Promise<RecentPage> {
    const key = { channelId: plan.load.channelId, epoch: needs.epoch, name: plan.name }
    const owner = environment.randomId()
    const giveUpAt = environment.monotonicNow() + waitMs
    for (let pauseMs = POLL_FIRST_MS; ; pauseMs = Math.min(2 * pauseMs, POLL_MAX_MS)) {
      const claimed = await claim(key, needs, owner)
      if (claimed.kind === 'page') return { page: claimed.page, source: 'recent' }
      if (claimed.kind === 'load') {
        return { page: await loadShared(key, owner, plan, load), source: 'store' }
      }
      if (claimed.kind === 'alone' || environment.monotonicNow() >= giveUpAt) {
        return { page: await load(plan.load), source: 'store' }
      }
      await new Promise<void>((resolve) => environment.setTimer(resolve, pauseMs))
    }
  }

  /** One at a time within this process; the same result for all for whom it is new enough. */
  async function joined(plan: PagePlan, ask: Ask): Promise<RecentPage> {
    const { channelId, needs } = { channelId: plan.load.channelId, needs: ask.needs }
    const name = `${channelId}\n${needs.epoch}\n${plan.name}`
    for (let tries = 0; tries < JOIN_TRIES_MAX; tries++) {
      const flight = flights.get(name)
      if (flight === undefined) break
      const found = await flight.catch(() => undefined)
      if (found !== undefined && isAsNewAs(found.page, needs)) return { ...found, source: 'recent' }
    }
    const own = wholePage(plan, ask)
    flights.set(name, own)
    try {
      return await own
    } finally {
      if (flights.get(name) === own) flights.delete(name)
    }
  }

  return {
    async page(query, needs, load) {
      const ask = { query, needs, load }
      const plan = planOf(query, needs)
      const found = await joined(plan, ask)
      const page = cutPage(plan, found.page, query)
      if (page !== undefined) return { page, source: found.source }
      // the newest events do not hold all of it
      const range = rangePlan(query)
      return plan.kind === 'newest'
        ? joined(range, ask)
        : { page: await load(query), source: 'store' }
    },
  }
}
