import { resolve } from 'node:path'
import { nodeEnvironment } from '../adapters/node/environment.js'
import type { Config } from '../config/fields.js'
import { backup as backUpFolder } from '../maintenance/backup.js'
import { check as checkFolder } from '../maintenance/check.js'
import { askOwner } from '../maintenance/control.js'
import { MaintenanceError } from '../maintenance/errors.js'
import { restore as restoreFolder } from '../maintenance/restore.js'

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1)

/** Copies the data of the running owner; without one, the folder itself. */
export async function backup(config: Config, to: string): Promise<number> {
  const onProgress = ({ copied, total }: { copied: number; total: number }): void => {
    if (process.stderr.isTTY) {
      process.stderr.write(`\rcopied ${mebibytes(copied)} of ${mebibytes(total)} MiB `)
    }
  }
  try {
    await askOwner(config.dataDir, { verb: 'backup', to: resolve(to) }, { onProgress })
  } catch (error) {
    if (!(error instanceof MaintenanceError && error.code === 'no_owner')) throw error
    await backUpFolder(
      { dataDir: config.dataDir },
      { to, environment: nodeEnvironment, onProgress },
    )
  }
  if (process.stderr.isTTY) process.stderr.write('\n')
  say(`The data of ${config.dataDir} was copied to ${to} and checked.`)
  return 0
}

export async function restore(config: Config, from: string, force: boolean): Promise<number> {
  const report = await restoreFolder({
    from,
    dataDir: config.dataDir,
    force,
    environment: nodeEnvironment,
  })
  say(
    `The backup ${from} was put into ${config.dataDir}: ${report.channels} channels, generation ${report.generation}, epoch ${report.epoch}. Clients that hold newer messages are reset when they connect.`,
  )
  return 0
}

export async function check(config: Config): Promise<number> {
  const { findings, channels, events } = await checkFolder(config.dataDir)
  for (const finding of findings) {
    say(`WRONG: ${finding.check}`)
    for (const place of finding.places) say(`  ${place}`)
    if (finding.more) say('  … and more')
  }
  say(
    `${findings.length === 0 ? 'All is well' : 'The data is damaged'}: ${channels} channels, ${events} events.`,
  )
  return findings.length === 0 ? 0 : 1
}
