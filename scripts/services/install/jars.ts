import { createHash } from 'node:crypto'
import { copyFile, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { failedWithLog } from '../run/failure.js'
import type { Run } from '../run/run.js'
import { fetchedFolder } from './fetched.js'
import { ensurePrograms } from './programs.js'

type JavaService = 'kafka' | 'cassandra'

/** The folder of this service's files beside its `pom.xml`. */
export const javaFolder = (service: JavaService): string =>
  fileURLToPath(new URL(`../native/java/${service}/`, import.meta.url))

/** The folder with a service's jars, resolved by Maven once for each content of its `pom.xml`. */
export async function ensureJars(service: JavaService, run: Run): Promise<string> {
  const pom = join(javaFolder(service), 'pom.xml')
  const hash = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex')
    .slice(0, 16)
  const name = `${service}-jars-${hash}`
  const folder = await fetchedFolder(run, name, (own) => resolve(run, service, pom, own))
  return join(folder, 'jars')
}

async function resolve(run: Run, service: JavaService, pom: string, folder: string): Promise<void> {
  const { maven, java } = await ensurePrograms(['maven', 'java'], run.progress)
  run.progress(`Fetching the jars of ${service}`)
  await copyFile(pom, join(folder, 'pom.xml'))
  // A repository of this run only: Maven's own does not promise to bear two at once.
  const repository = join(folder, 'repository')
  const goal = ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=jars']
  const env = { ...process.env, JAVA_HOME: dirname(dirname(java)) }
  const { succeeded, how, output } = await run.command(
    `${service}-jars`,
    maven,
    [...goal, `-Dmaven.repo.local=${repository}`],
    { cwd: folder, env },
  )
  if (!succeeded) throw failedWithLog(service, `Maven could not fetch its jars (${how}).`, output)
  await rm(repository, { recursive: true })
}
