import type { ServerEnvironment } from '../../ports/environment.js'
import { refuse, type Step } from '../draft.js'
import type { ResolvedAcceptanceOptions } from '../options.js'

/**
 * R4: a repeat is recognised for 7 days, so a command that was first tried more than 6 days ago may be one that
 * nobody recognises any more: its outcome is unknown, and it must not get a second effect.
 */
export function firstTry(
  environment: Pick<ServerEnvironment, 'now'>,
  { firstTryMaxAgeMs, firstTryMaxAheadMs }: ResolvedAcceptanceOptions,
): Step {
  return {
    name: 'first-try',
    run(drafts) {
      const now = environment.now()
      for (const draft of drafts) {
        const ageMs = now - draft.frame.first_try_ts
        if (ageMs > firstTryMaxAgeMs) refuse(draft, 'send_too_old')
        else if (-ageMs > firstTryMaxAheadMs) refuse(draft, 'send_from_future')
      }
    },
  }
}
