import { existsSync } from 'node:fs'
import { chmod, rm, writeFile } from 'node:fs/promises'
import { ServiceFailed } from '../run/failure.js'
import type { Progress } from '../run/run.js'
import { lastLines, runCommand } from './command.js'

const policy = '/usr/sbin/policy-rc.d'
let queue: Promise<unknown> = Promise.resolve()

export const mayInstall = (): boolean =>
  existsSync('/etc/debian_version') && process.getuid?.() === 0

/** Installs Debian packages, one call at a time; the services in them are not started on the machine. */
export function installPackages(packages: readonly string[], progress: Progress): Promise<void> {
  const installed = queue.then(() => install(packages, progress))
  queue = installed.catch(() => undefined)
  return installed
}

async function install(packages: readonly string[], progress: Progress): Promise<void> {
  progress(`Installing Debian's ${packages.join(', ')}`)
  // Another run may be installing: apt waits for its lock instead of giving up.
  const patient = ['-q', '-o', 'DPkg::Lock::Timeout=300']
  await apt([...patient, 'update'])
  const own = await forbidStartingServices()
  try {
    await apt([...patient, 'install', '-y', '--no-install-recommends', ...packages])
  } finally {
    if (own) await rm(policy, { force: true })
  }
}

async function apt(args: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { code, output } = await runCommand('apt-get', args, { env })
  if (code === 0) return
  throw new ServiceFailed(`apt-get ${args.at(-1)}`, `failed (${code}):\n${lastLines(output)}`)
}

/** Debian asks this file before it starts a service of a package; one that is there is left alone. */
async function forbidStartingServices(): Promise<boolean> {
  try {
    await writeFile(policy, '#!/bin/sh\nexit 101\n', { flag: 'wx' })
    await chmod(policy, 0o755)
    return true
  } catch {
    return false
  }
}
