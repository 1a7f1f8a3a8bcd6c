// Builds for `npm start`, and skips it when nothing has changed: a second start takes no time here.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { node24, toolchainEnv } from './bootstrap.mjs'
import { cacheDir, root, step } from './steps.mjs'
import { publishedPackages, workspaces } from './workspaces.mjs'

const app = '@tidings/web-chat'
const stampFile = join(cacheDir, 'built-from')
const notInputs = new Set(['node_modules', 'dist', '.turbo', 'data', 'artifacts'])

/** Builds the packages and the web chat, unless the last build was of the same files. */
export async function buildIfStale() {
  const built = [...publishedPackages(), ...workspaces().filter((w) => w.manifest.name === app)]
  const fingerprint = fingerprintOf(built.map(({ folder }) => folder))
  const isBuilt = built.every(
    (w) => !w.manifest.scripts.build || existsSync(join(w.folder, 'dist')),
  )
  if (isBuilt && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === fingerprint) return

  const turbo = join(root, 'node_modules/turbo/bin/turbo')
  const args = ['run', 'build', `--filter=${app}...`, '--output-logs=errors-only']
  await step('Building', node24, [turbo, ...args], { env: toolchainEnv() })
  mkdirSync(cacheDir, { recursive: true })
  writeFileSync(stampFile, fingerprint)
}

/** Sizes and times of change stand for the contents; turbo looks at those when these differ. */
function fingerprintOf(folders) {
  const hash = createHash('sha256')
  const shared = ['package-lock.json', 'turbo.json', 'tsconfig.base.json', 'tsconfig.dom.json']
  const files = [...shared.map((name) => join(root, name)), ...folders.flatMap(inputsIn)]
  for (const file of files) {
    const { size, mtimeMs } = statSync(file)
    hash.update(`${relative(root, file)} ${size} ${mtimeMs}\n`)
  }
  return hash.digest('hex')
}

function inputsIn(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !notInputs.has(name) && !name.includes('.test.'))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? inputsIn(path) : [path]
    })
    .sort()
}
