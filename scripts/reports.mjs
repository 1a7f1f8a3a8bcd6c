// What the tests of this run said, summed from the JSON report that each workspace wrote.
import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root } from './steps.mjs'

const messageLines = 25

/** One row per workspace that has tests; no report, or an empty one, counts as one failure. */
export function readReports(folder, workspaces) {
  return workspaces.map(({ name }) => {
    const file = join(folder, `${name}.json`)
    if (!existsSync(file)) return broken(name, 'no report was written')
    const report = JSON.parse(readFileSync(file, 'utf8'))
    if (report.testResults.length === 0) return broken(name, 'no test was run')
    const problems = report.testResults.flatMap(problemsOf)
    return {
      name,
      passed: report.numPassedTests,
      // A file that does not load holds no failed test, and is a failure all the same.
      failed: report.numFailedTests + report.testResults.filter(isUnloadable).length,
      skipped: report.numPendingTests + report.numTodoTests,
      problems,
    }
  })
}

export function printTable(rows) {
  const width = Math.max(...rows.map(({ name }) => name.length))
  for (const { name, passed, failed, skipped } of rows) {
    const skips = skipped > 0 ? `  ${String(skipped).padStart(6)} skipped` : ''
    console.log(
      `  ${name.padEnd(width)}  ${String(passed).padStart(6)} passed  ${String(failed).padStart(4)} failed${skips}`,
    )
  }
}

export function printProblems(rows) {
  for (const { name, problems } of rows) {
    for (const problem of problems) console.log(`\n  ${name}: ${problem.replace(/\n/g, '\n    ')}`)
  }
}

/** The last line of a run: `N passed, N failed`, with the skipped tests when there are any. */
export function totalLine(rows) {
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0)
  const skipped = sum('skipped')
  return `${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

const broken = (name, problem) => ({ name, passed: 0, failed: 1, skipped: 0, problems: [problem] })

const isUnloadable = ({ status, assertionResults }) =>
  status === 'failed' && !assertionResults.some((test) => test.status === 'failed')

function problemsOf(file) {
  const path = relative(root, file.name)
  if (isUnloadable(file)) return [`${path}\n${firstLines(file.message)}`]
  return file.assertionResults
    .filter((test) => test.status === 'failed')
    .map((test) => `${path} > ${test.fullName}\n${firstLines(test.failureMessages.join('\n'))}`)
}

const firstLines = (text) => text.split('\n').slice(0, messageLines).join('\n')
