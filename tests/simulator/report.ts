import type { Exploration } from './explore.js'
import type { Plan, Step } from './plan/steps.js'
import type { Proof } from './prove.js'
import { FAULTS, missing, RULES, USES } from './run/coverage.js'
import type { Outcome } from './run/run.js'

const COLUMNS = 3
const LINES_MAX = 150

/** How often each fault struck and each rule was reached. */
export function coverageTable({ counts }: Exploration): string {
  const cells = [...RULES, ...USES, ...FAULTS].map(
    (what) => `${what.padEnd(27)}${String(counts[what] ?? 0).padStart(8)}`,
  )
  const rows: string[] = []
  for (let i = 0; i < cells.length; i += COLUMNS) {
    rows.push(`  ${cells.slice(i, i + COLUMNS).join('   ')}`)
  }
  return rows.join('\n')
}

/** Seeds that failed, by what they found. */
export function failureList({ failures }: Exploration): string {
  const seedsOf = new Map<string, number[]>()
  for (const { text, seed } of failures) {
    const line = text.split('\n')[0] ?? ''
    seedsOf.set(line, [...(seedsOf.get(line) ?? []), seed])
  }
  return [...seedsOf]
    .map(
      ([text, seeds]) =>
        `  ${text}\n    npm run simulate -- --seed ${seeds.slice(0, 8).join(', ')}`,
    )
    .join('\n')
}

/** What makes an exploration a failure, in words; undefined: nothing. */
export function verdict(exploration: Exploration): string | undefined {
  const { failures, counts, seeds } = exploration
  if (failures.length > 0) return `${failures.length} of ${seeds} seeds failed`
  const never = missing(counts)
  return never.length > 0 ? `never reached: ${never.join(', ')}` : undefined
}

export const summary = ({ seeds, medianMs, slowestMs, failures }: Exploration): string =>
  `${seeds} seeds, ${failures.length} failed; processor time of a seed: median ${medianMs.toFixed(0)} ms, slowest ${slowestMs.toFixed(0)} ms`

export const proofLine = ({ broken, caughtBy, seeds }: Proof): string =>
  caughtBy === undefined
    ? `  NOT CAUGHT in ${seeds} seeds  ${broken.name}: ${broken.what}`
    : `  caught by seed ${String(caughtBy.seed).padStart(3)}  ${broken.name}: ${caughtBy.text.split('\n')[0]}`

const stepLine = ({ atMs, ...what }: Step): string =>
  `  ${(atMs / 1000).toFixed(3).padStart(8)}  ${JSON.stringify(what)}`

/** What happens in a short plan, and what it leads to. */
export function story(plan: Plan, outcome: Outcome): string {
  const { kind, partitions, tabs } = plan.setting
  const open = tabs.length - (plan.absentTabs?.length ?? 0)
  const lines = outcome.trace.filter((line) => !/ {4}[↑↓]/.test(line))
  const shown = lines.length > LINES_MAX ? lines.slice(-LINES_MAX) : lines
  return [
    `A world of kind ${kind}, ${partitions} partition${partitions > 1 ? 's' : ''}, ${open} tabs, ${plan.steps.length} steps:`,
    ...plan.steps.map(stepLine),
    '',
    'What happened:',
    ...(shown.length < lines.length ? [`  … ${lines.length - shown.length} lines before`] : []),
    ...shown,
    '',
    'What was wrong:',
    ...outcome.violations.map(
      ({ invariant, rule, detail, atMs }) =>
        `  ${(atMs / 1000).toFixed(3).padStart(8)}  ${invariant}: ${rule} (${detail})`,
    ),
  ].join('\n')
}
