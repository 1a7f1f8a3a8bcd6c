import { isDockerRunning } from '../compose/docker.js'
import { ensureEnvoy } from '../install/envoy.js'
import { ensureHadolint } from '../install/hadolint.js'
import { ensureJars } from '../install/jars.js'
import { ensurePrograms } from '../install/programs.js'
import { Run } from '../run/run.js'

/** Installs and fetches what services would install and fetch when they start, so that tests do not wait. */
export async function prepare(): Promise<void> {
  const named = process.env.TIDINGS_SERVICES
  if (named === 'docker' || (!named && (await isDockerRunning()))) {
    console.log('Docker runs: its images are pulled when they are needed')
    return
  }
  const run = await Run.begin({ onProgress: console.log })
  try {
    const programs = ['java', 'maven', 'redis', 'redisCli', 'postgres', 'haproxy', 'pip'] as const
    await ensurePrograms(programs, console.log)
    await ensureJars('kafka', run)
    await ensureJars('cassandra', run)
    await ensureEnvoy(run)
    await ensureHadolint(run)
    console.log('Kafka, Cassandra, Redis, PostgreSQL, HAProxy and Envoy can be started')
  } finally {
    await run.close()
  }
}
