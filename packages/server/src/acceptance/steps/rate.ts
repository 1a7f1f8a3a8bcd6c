import type { RateLimiter, RateWindow } from '../../ports/limits.js'
import { type Draft, refuse, refuseForNow, type Step } from '../draft.js'
import { type ResolvedAcceptanceOptions, windowOf } from '../options.js'
import { createRecentIds } from '../recent-ids.js'

/** Ids hold no control characters, so a line break cannot be part of one. */
const keyOf = ({ request, frame }: Draft): string =>
  `${frame.channel_id}\n${request.userId}\n${frame.client_msg_id}`

/** Rates by user and channel, channel, and workspace. A repeat of an id that was let through costs nothing. */
export function rate(limiter: RateLimiter, options: ResolvedAcceptanceOptions): Step {
  const { userRate, channelRate, workspaceRate } = options
  const isOff = [userRate, channelRate, workspaceRate].every(({ perSecond }) => perSecond === 0)
  const recent = createRecentIds(options.recentIdsMax)

  function windowsOf({ request, frame, membership }: Draft): RateWindow[] {
    const windows: RateWindow[] = []
    const add = (key: string, limits: typeof userRate) => {
      if (limits.perSecond > 0) windows.push(windowOf(key, limits))
    }
    add(`user:${request.userId}\n${frame.channel_id}`, userRate)
    add(`channel:${frame.channel_id}`, channelRate)
    if (membership !== undefined) add(`workspace:${membership.workspaceId}`, workspaceRate)
    return windows
  }

  async function take(draft: Draft): Promise<void> {
    const key = keyOf(draft)
    if (recent.has(key)) return
    const windows = windowsOf(draft)
    if (windows.length === 0) return
    try {
      const verdict = await limiter.take(windows)
      if (verdict.ok) recent.add(key)
      else refuse(draft, 'rate_limited', { retryAfterMs: Math.ceil(verdict.retryAfterMs) })
    } catch {
      refuseForNow(draft)
    }
  }

  return {
    name: 'rate',
    async run(drafts) {
      if (isOff) return
      await Promise.all(drafts.filter(({ request }) => !request.asServer).map(take))
    },
  }
}
