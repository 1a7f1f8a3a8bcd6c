import { makePlan } from './plan/make.js'
import type { Plan } from './plan/steps.js'
import { type Outcome, runPlan } from './run/run.js'

/** What a worker is asked to do. */
export type Task =
  | { readonly kind: 'seed'; readonly seed: number }
  | { readonly kind: 'plan'; readonly plan: Plan; readonly keepsTrace: boolean }

/** What it answers: the outcome, or why there is none. */
export type Answer =
  | { readonly ok: true; readonly outcome: Outcome; readonly ms: number }
  | { readonly ok: false; readonly error: string }

async function answer(task: Task): Promise<Answer> {
  const begunAt = performance.now()
  try {
    const outcome =
      task.kind === 'seed'
        ? await runPlan(makePlan(task.seed))
        : await runPlan(task.plan, task.keepsTrace)
    return { ok: true, outcome, ms: performance.now() - begunAt }
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { ok: false, error: text }
  }
}

process.on('message', (task: Task) => {
  void answer(task).then((result) => process.send?.(result))
})
// a listener that throws is reported by whoever runs the seed, and must not end the worker
process.on('unhandledRejection', () => undefined)
process.on('disconnect', () => process.exit(0))
