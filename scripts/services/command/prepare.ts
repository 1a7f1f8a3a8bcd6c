import { isDockerRunning } from '../compose/docker.js'
import { ensureJars } from '../install/jars.js'
import { ensurePrograms, programNames } from '../install/programs.js'

/** Installs and fetches what services would install and fetch when they start, so that tests do not wait. */
export async function prepare(): Promise<void> {
  const named = process.env.TIDINGS_SERVICES
  if (named === 'docker' || (!named && (await isDockerRunning()))) {
    console.log('Docker runs: its images are pulled when they are needed')
    return
  }
  await ensurePrograms(programNames, console.log)
  await ensureJars('kafka', console.log)
  await ensureJars('cassandra', console.log)
  console.log('Kafka, Cassandra, Redis, PostgreSQL and HAProxy can be started')
}
