// `npm test`: installs what is missing, runs every check and every test, and sums what this run reported.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { bootstrap, ensureInstalled, node24, toolchainEnv } from './bootstrap.mjs'
import { runChecks } from './checks.mjs'
import { ensureChromium } from './chromium.mjs'
import { printProblems, printTable, readReports, totalLine } from './reports.mjs'
import { root, StepFailed, step } from './steps.mjs'
import { workspaces } from './workspaces.mjs'

const reportsDir = join(root, '.reports')
const row = (name, failures) => ({
  name,
  passed: 0,
  failed: failures.length,
  skipped: 0,
  problems: failures,
})

async function runTests() {
  rmSync(reportsDir, { recursive: true, force: true })
  mkdirSync(reportsDir)
  await bootstrap()
  await ensureInstalled('Installing the Node versions to try', join(root, 'tests/consumers/nodes'))
  const chromium = await ensureChromium()
  await prepareServices()
  const checks = row('checks', await runChecks())
  const runner = row('test runner', await failureOf(() => runWorkspaces(chromium)))
  const tests = readReports(
    reportsDir,
    workspaces().filter(({ manifest }) => manifest.scripts?.test),
  )
  // A failed test already ends the runner with an error: count that once.
  if (tests.some(({ failed }) => failed > 0)) runner.failed = 0
  return [checks, ...tests, runner].filter(({ passed, failed }) => passed + failed > 0)
}

function prepareServices() {
  const args = ['--import', 'tsx', join(root, 'scripts/services/main.ts'), 'prepare']
  return step('Preparing Kafka, Cassandra, Redis and PostgreSQL', node24, args)
}

function runWorkspaces(chromium) {
  const turbo = join(root, 'node_modules/turbo/bin/turbo')
  const args = [
    'run',
    'test',
    '--concurrency=1',
    '--continue=always',
    '--env-mode=loose',
    '--output-logs=full',
  ]
  return step('Running the tests', node24, [turbo, ...args], {
    env: { ...toolchainEnv(), TIDINGS_REPORTS_DIR: reportsDir, TIDINGS_CHROMIUM: chromium },
  })
}

async function failureOf(run) {
  try {
    await run()
    return []
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    return [error.message]
  }
}

let rows
try {
  rows = await runTests()
} catch (error) {
  rows = [row('preparation', [error instanceof StepFailed ? error.message : String(error.stack)])]
}
printProblems(rows)
console.log()
printTable(rows)
console.log(`\n${totalLine(rows)}`)
process.exitCode =
  rows.some(({ failed }) => failed > 0) || !rows.some(({ passed }) => passed > 0) ? 1 : 0
