import type { CommandLog } from '../ports/command-log.js'
import type { ServerEnvironment } from '../ports/environment.js'
import type { RateLimiter } from '../ports/limits.js'
import type { RequestContext } from '../stream/request-context.js'
import type { StepLog } from '../trace/steps.js'
import { type Draft, draftOf, refuse, refuseForNow, type Step } from './draft.js'
import type { Hooks } from './hooks.js'
import { type AcceptanceOptions, resolveAcceptanceOptions } from './options.js'
import type { Acceptance, CommandVerdict } from './port.js'
import type { Snowflakes } from './snowflake.js'
import { append } from './steps/append.js'
import { firstTry } from './steps/first-try.js'
import { hookSteps } from './steps/hooks.js'
import { type MembershipSources, membership } from './steps/membership.js'
import { permission } from './steps/permission.js'
import { rate } from './steps/rate.js'
import { size } from './steps/size.js'
import { stamp } from './steps/stamp.js'
import { tellVerdicts } from './tell.js'

export interface AcceptanceParts extends MembershipSources {
  readonly environment: ServerEnvironment
  readonly log: Pick<CommandLog, 'append'>
  readonly limiter: RateLimiter
  readonly ids: Snowflakes
  readonly hooks?: Hooks
  /** Told of a hook that threw or took longer than its deadline. */
  readonly onHookFailed?: (hook: keyof Hooks, error: unknown, request: RequestContext) => void
  /** Told of what should not be possible; the requests are answered `internal`. */
  readonly onError?: (error: unknown) => void
  /** Told of each command that stands in the log, and of each that was refused. */
  readonly steps?: StepLog | undefined
}

/**
 * From a frame to a record of the log. The steps stand here in their order; each refuses with a documented
 * code, and the first refusal is the verdict. Nothing is in the log before the last step, so every refusal
 * before it says so.
 */
export function createAcceptance(
  parts: AcceptanceParts,
  options: AcceptanceOptions = {},
): Acceptance {
  const resolved = resolveAcceptanceOptions(options)
  const { environment, hooks = {}, onHookFailed } = parts
  const hooked = hooks.authorize !== undefined || hooks.beforeAccept !== undefined
  const mayStill: readonly Step[] = [membership(parts), permission]
  const steps: readonly Step[] = [
    size(resolved),
    firstTry(environment, resolved),
    ...mayStill,
    rate(parts.limiter, resolved),
    ...hookSteps({ environment, hooks, options: resolved, onHookFailed }),
    // a hook may take seconds, and the sender's removal be acknowledged meanwhile
    ...(hooked ? mayStill : []),
    stamp(environment, parts.ids),
    append(parts.log),
  ]
  let pending = 0

  async function run(drafts: readonly Draft[]): Promise<void> {
    let open = drafts
    let step: Step | undefined
    try {
      for (step of steps) {
        if (open.length === 0) return
        const working = step.run(open)
        if (working !== undefined) await working
        if (open.some(decided)) open = open.filter((draft) => !decided(draft))
      }
    } catch (error) {
      parts.onError?.(error)
      const outcome = step?.name === 'append' ? 'unknown' : 'not_sent'
      for (const draft of open) if (!decided(draft)) refuse(draft, 'internal', { outcome })
    }
  }

  return {
    async submit(requests) {
      const drafts = requests.map(draftOf)
      if (pending + drafts.length > resolved.pendingMax) {
        for (const draft of drafts) refuseForNow(draft)
        const verdicts = drafts.map(verdictOf)
        tellVerdicts(parts.steps, drafts, verdicts)
        return verdicts
      }
      pending += drafts.length
      // a hook may take its time: then channels do not wait for each other
      if (hooked) await Promise.all([...byChannel(drafts)].map(run))
      else await run(drafts)
      pending -= drafts.length
      const verdicts = drafts.map(verdictOf)
      tellVerdicts(parts.steps, drafts, verdicts)
      return verdicts
    },
  }
}

const decided = (draft: Draft): boolean => draft.verdict !== undefined

function verdictOf(draft: Draft): CommandVerdict {
  if (draft.verdict === undefined) refuse(draft, 'internal', { outcome: 'unknown' })
  return draft.verdict as CommandVerdict
}

function byChannel(drafts: readonly Draft[]): Iterable<readonly Draft[]> {
  const groups = new Map<string, Draft[]>()
  for (const draft of drafts) {
    const group = groups.get(draft.frame.channel_id)
    if (group === undefined) groups.set(draft.frame.channel_id, [draft])
    else group.push(draft)
  }
  return groups.values()
}
