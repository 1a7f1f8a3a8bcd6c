import { makePlan } from './plan/make.js'
import type { Plan } from './plan/steps.js'
import { type Outcome, runPlan } from './run/run.js'

/** What a worker is asked to do. */
export type Task =
  | { readonly kind: 'seed'; readonly seed: number }
  | { readonly kind: 'plan'; readonly plan: Plan; readonly keepsTrace: boolean }

/** What it answers: the outcome, or why there is none. */
export type Answer =
  | { readonly ok: true; readonly outcome: Outcome; readonly cpuMs: number }
  | { readonly ok: false; readonly error: string }

async function answer(task: Task): Promise<Answer> {
  // errors are part of every run: their stacks are only worth their price to who reads them
  Error.stackTraceLimit = task.kind === 'plan' && task.keepsTrace ? 30 : 0
  const before = process.cpuUsage()
  try {
    const outcome =
      task.kind === 'seed'
        ? await runPlan(makePlan(task.seed))
        : await runPlan(task.plan, task.keepsTrace)
    const { user, system } = process.cpuUsage(before)
    return { ok: true, outcome, cpuMs: (user + system) / 1000 }
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
