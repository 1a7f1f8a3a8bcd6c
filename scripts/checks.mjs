// What has to hold beside the tests. `npm run check` and `npm test` run the same list.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { node24, toolchainEnv } from './bootstrap.mjs'
import { packAll } from './pack.mjs'
import { cacheDir, root, StepFailed, step } from './steps.mjs'

const tool = (title, name, ...args) =>
  step(title, node24, [entryPoint(name), ...args], { env: toolchainEnv() })

const turbo = (title, task) =>
  tool(
    title,
    'turbo',
    'run',
    task,
    '--continue=dependencies-successful',
    '--output-logs=errors-only',
  )

const checks = [
  () => tool('Checking format and lint', '@biomejs/biome', 'check', '.'),
  () => turbo('Checking types', 'typecheck'),
  () => turbo('Building', 'build'),
  checkPackages,
  () => turbo('Checking sizes', 'size'),
]

/** Runs every check, also after one has failed; returns what failed. */
export async function runChecks() {
  const failures = []
  for (const check of checks) {
    try {
      await check()
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error
      failures.push(error.message)
    }
  }
  return failures
}

async function checkPackages() {
  for (const { name, tarball } of packAll(join(cacheDir, 'packed'))) {
    await tool(`Checking the package ${name}`, 'publint', tarball, '--strict')
    // ESM only: Node 10 and `require` without ESM are not promised.
    await tool(
      `Checking the types of ${name}`,
      '@arethetypeswrong/cli',
      tarball,
      '--profile=esm-only',
    )
  }
}

function entryPoint(name) {
  const folder = join(root, 'node_modules', name)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, typeof bin === 'string' ? bin : Object.values(bin)[0])
}
