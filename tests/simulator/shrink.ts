import type { Plan, Step } from './plan/steps.js'
import type { Pool } from './pool.js'

/** Most plans that are tried. */
const TRIES_MAX = 600
/** Time for what the last step set off. */
const AFTER_LAST_MS = 2_000

/**
 * The shortest plan that can be found which breaks the same rule: steps are left out in ever smaller parts until
 * none of those that are left can go, then the tabs that nobody needs.
 */
export async function shrink(
  pool: Pool,
  plan: Plan,
  rule: string,
  onProgress: (steps: number, tries: number) => void = () => undefined,
): Promise<Plan> {
  let best = plan
  let tries = 0

  const breaks = async (candidate: Plan): Promise<boolean> => {
    tries += 1
    const answer = await pool.run({ kind: 'plan', plan: candidate, keepsTrace: false })
    return answer.ok && answer.outcome.violations.some((violation) => violation.rule === rule)
  }

  /** Takes the first candidate of some that still breaks the rule; all processes try at once. */
  const takeFirst = async (candidates: readonly Plan[]): Promise<boolean> => {
    for (let i = 0; i < candidates.length && tries < TRIES_MAX; i += pool.size) {
      const some = candidates.slice(i, i + pool.size)
      const verdicts = await Promise.all(some.map(breaks))
      const found = some[verdicts.indexOf(true)]
      if (found === undefined) continue
      best = found
      onProgress(best.steps.length, tries)
      return true
    }
    return false
  }

  await takeFirst([shortened(best)])
  for (let size = Math.ceil(best.steps.length / 2); size >= 1 && tries < TRIES_MAX; ) {
    const found = await takeFirst(withoutParts(best, size))
    if (!found) size = size === 1 ? 0 : Math.ceil(size / 2)
    else size = Math.min(size, Math.max(1, Math.ceil(best.steps.length / 2)))
  }
  while (tries < TRIES_MAX && (await takeFirst(withFewerTabs(best))));
  await takeFirst([shortened(best)])
  return best
}

function withoutParts(plan: Plan, size: number): Plan[] {
  const { steps } = plan
  const parts = Math.ceil(steps.length / size)
  return Array.from({ length: parts }, (_, i) => ({
    ...plan,
    steps: [...steps.slice(0, i * size), ...steps.slice((i + 1) * size)],
  }))
}

function withFewerTabs(plan: Plan): Plan[] {
  const { absentTabs = [], setting, steps } = plan
  const isUsed = (step: Step, tab: number): boolean => 'tab' in step && step.tab === tab
  return setting.tabs.flatMap((_, tab) =>
    absentTabs.includes(tab) || steps.some((step) => isUsed(step, tab))
      ? []
      : [{ ...plan, absentTabs: [...absentTabs, tab] }],
  )
}

/** Ends soon after its last step. */
const shortened = (plan: Plan): Plan => ({
  ...plan,
  endMs: Math.min(plan.endMs, (plan.steps.at(-1)?.atMs ?? 0) + AFTER_LAST_MS),
})
