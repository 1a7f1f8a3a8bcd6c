import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))

const commandTimeoutMs = 120_000

export interface PackedPackage {
  name: string
  tarball: string
  files: string[]
}

/** An empty project outside the repository into which the packed packages are installed. */
export interface ConsumerProject {
  folder: string
  packages: PackedPackage[]
  /** Runs a program there with nothing of this repository on its path; returns what it printed. */
  run(command: string, ...args: string[]): string
  remove(): void
}

/** Packs the built packages and installs them from the tarballs, as somebody else would. */
export function createConsumerProject(): ConsumerProject {
  const folder = mkdtempSync(join(tmpdir(), 'tidings-consumer-'))
  const packing = [join(root, 'scripts/pack.mjs'), join(folder, 'packed')]
  const packages: PackedPackage[] = JSON.parse(
    execFileSync(process.execPath, packing, { encoding: 'utf8' }),
  )
  const dependencies = Object.fromEntries(
    packages.map(({ name, tarball }) => [name, `file:${tarball}`]),
  )
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  dependencies['@types/node'] = devDependencies['@types/node']
  const manifest = { name: 'consumer', private: true, type: 'module', dependencies }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2))
  cpSync(join(here, 'sample'), join(folder, 'sample'), { recursive: true })
  cpSync(join(here, 'smoke'), join(folder, 'smoke'), { recursive: true })

  const run = (command: string, ...args: string[]) => runApart(folder, command, args)
  run('npm', 'install', '--no-audit', '--no-fund', '--loglevel=error')
  return {
    folder,
    packages,
    run,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A stranger's project knows where to install from and nothing of this repository or its test run. */
function runApart(folder: string, command: string, args: string[]): string {
  const ours =
    /^(npm_(package|lifecycle|config_(local_prefix|prefix|workspace))|vitest|node_(env|options|path|test_context)$)/i
  const inherited = Object.entries(process.env).filter(([name]) => !ours.test(name))
  try {
    return execFileSync(command, args, {
      cwd: folder,
      env: Object.fromEntries(inherited),
      timeout: commandTimeoutMs,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    // The error of execFileSync repeats the whole output several times.
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout ?? ''}\n${stderr ?? ''}`)
  }
}
