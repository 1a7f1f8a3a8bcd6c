// From a fresh clone to installed dependencies and Node 24. Runs on Node 20, before anything is installed.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { unsupportedNode } from './node-version.cjs'
import { root, StepFailed, step } from './steps.mjs'

const oldestNpm = 10
const toolchainNode = 24
const bin = join(root, 'node_modules', '.bin')

/** Node 24, for everything after the bootstrap: the machine's own Node may be older. */
export const node24 = join(
  root,
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
)

/** An environment in which `node`, `npx` and the tools are those of the repository. */
export const toolchainEnv = () => ({
  PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
  TURBO_TELEMETRY_DISABLED: '1',
})

/** Installs what is missing at the locked versions; throws StepFailed with one sentence otherwise. */
export async function bootstrap() {
  checkPlatform()
  if (!isInstalled(root)) await install('Installing dependencies', root)
  checkToolchain()
}

/** `npm ci` in a folder with a lockfile of its own, when what lies there differs from it. */
export async function ensureInstalled(title, folder) {
  if (!isInstalled(folder)) await install(title, folder)
}

function install(title, folder) {
  // what builds and tests is a development dependency, and NODE_ENV may say to leave these out
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  const npm = process.env.npm_execpath
  return npm
    ? step(title, process.execPath, [npm, ...args], { cwd: folder })
    : step(title, 'npm', args, { cwd: folder })
}

/** npm writes what it has installed to a lockfile inside node_modules, last of all. */
function isInstalled(folder) {
  const installed = lockedPackages(join(folder, 'node_modules', '.package-lock.json'))
  const wanted = lockedPackages(join(folder, 'package-lock.json'))
  if (!installed || !wanted) return false
  return Object.entries(wanted)
    .filter(([path, locked]) => path.includes('node_modules/') && !locked.optional && !locked.peer)
    .every(([path, locked]) => {
      const found = installed[path]
      return found?.version === locked.version && found?.integrity === locked.integrity
    })
}

function lockedPackages(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined
}

function checkPlatform() {
  if (unsupportedNode) throw new StepFailed(unsupportedNode)
  const npm = /npm\/(\d+)/.exec(process.env.npm_config_user_agent ?? '')?.[1]
  if (npm && Number(npm) < oldestNpm) {
    throw new StepFailed(
      `This is npm ${npm}; Tidings needs npm ${oldestNpm} or newer. Run \`npm install --global npm\` and try again.`,
    )
  }
}

function checkToolchain() {
  const version = spawnSync(node24, ['--version'], { encoding: 'utf8' }).stdout?.trim()
  if (version?.startsWith(`v${toolchainNode}.`)) return
  throw new StepFailed(
    `Node ${toolchainNode}, which the npm package \`node\` brings, is ${version ? `here as ${version}` : 'missing'}. ` +
      'Its install script has to run: delete node_modules and try again without `ignore-scripts` in your npm configuration.',
  )
}
