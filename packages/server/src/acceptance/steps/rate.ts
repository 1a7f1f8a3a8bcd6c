import type { RateLimiter, RateWindow } from '../../ports/limits.js'
import { type Draft, refuse, refuseForNow, type Step } from '../draft.js'
import { type ResolvedAcceptanceOptions, windowOf } from '../options.js'

/** Ids hold no control characters, so a line break cannot be part of one; it lies with what its channel has. */
const idOf = ({ request, frame }: Draft): string =>
  `send:${request.userId}\n${frame.client_msg_id}\n${frame.channel_id}`

/** Rates by user and channel, channel, and workspace. P-39: a repeat of an id that was let through costs nothing. */
export function rate(limiter: RateLimiter, options: ResolvedAcceptanceOptions): Step {
  const { userRate, channelRate, workspaceRate } = options
  const isOff = [userRate, channelRate, workspaceRate].every(({ perSecond }) => perSecond === 0)

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
    const windows = windowsOf(draft)
    if (windows.length === 0) return
    try {
      const verdict = await limiter.take(windows, idOf(draft))
      if (!verdict.ok) {
        refuse(draft, 'rate_limited', { retryAfterMs: Math.ceil(verdict.retryAfterMs) })
      }
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
