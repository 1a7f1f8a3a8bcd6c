import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ServiceFailed } from '../run/failure.js'
import type { Progress } from '../run/run.js'
import { cacheFolder } from './cache.js'
import { lastLines, runCommand } from './command.js'
import { ensurePrograms } from './programs.js'

/** The folder of this service's files beside its `pom.xml`. */
export const javaFolder = (service: 'kafka' | 'cassandra'): string =>
  fileURLToPath(new URL(`../native/java/${service}/`, import.meta.url))

/** The folder with a service's jars, resolved by Maven once for each content of its `pom.xml`. */
export async function ensureJars(
  service: 'kafka' | 'cassandra',
  progress: Progress,
): Promise<string> {
  const pom = join(javaFolder(service), 'pom.xml')
  const hash = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex')
    .slice(0, 16)
  const folder = join(cacheFolder, `${service}-${hash}`)
  if (!existsSync(folder)) await resolve(service, pom, folder, progress)
  return folder
}

async function resolve(service: string, pom: string, folder: string, progress: Progress) {
  const { maven, java } = await ensurePrograms(['maven', 'java'], progress)
  progress(`Fetching the jars of ${service}`)
  await mkdir(cacheFolder, { recursive: true })
  // A folder and a Maven repository of this process only: two runs at once must not meet.
  const own = await mkdtemp(join(cacheFolder, `${service}-unfinished-`))
  try {
    await copyFile(pom, join(own, 'pom.xml'))
    const args = ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=jars']
    const { code, output } = await runCommand(
      maven,
      [...args, `-Dmaven.repo.local=${own}/repository`],
      {
        cwd: own,
        env: { ...process.env, JAVA_HOME: java.replace(/\/bin\/java$/, '') },
      },
    )
    if (code !== 0) {
      throw new ServiceFailed(
        service,
        `Maven could not fetch its jars (${code}):\n${lastLines(output)}`,
      )
    }
    await rename(join(own, 'jars'), folder).catch(async (error: unknown) => {
      // Another run was first, with the same jars.
      if ((await readdir(folder).catch(() => [])).length === 0) throw error
    })
  } finally {
    await rm(own, { recursive: true, force: true })
  }
}
