import { afterAll } from 'vitest'
import { Processes } from '../../support/cluster/cluster.js'
import {
  backupDatabase,
  restoreDatabase,
  untilInNewEpochs,
} from '../../support/cluster/database.js'
import { newInstallation, servicesOfRun } from '../../support/cluster/installation.js'
import {
  backupKeyspace,
  emptyKeyspace,
  type KeyspaceCopy,
  makeKeyspace,
  restoreKeyspace,
  untilHeadsInNewEpochs,
} from '../../support/cluster/keyspace.js'
import { loseLog, renewLog } from '../../support/cluster/log.js'
import type { Place, PlaceSettings } from './place.js'

// here no hook's timeout counts
const [services, processes] = await Promise.all([servicesOfRun(), Processes.start()])
afterAll(() => processes.end(), 120_000)

/** One that was made here, then those that places of this file have left: to make tables takes seconds. */
const keyspaces = services.cassandra === undefined ? [] : [await makeKeyspace(services.cassandra)]

/**
 * Processes of their own over Kafka, PostgreSQL and Redis, and where the run says so Cassandra: one api, two gateways,
 * one sequencer.
 *
 * A backup is one of the database, and of the keyspace. What is restored is an installation that has lost its log as well, the worst
 * case: had the log been kept, reading it again would bring back what the backup lacks, and nothing would be lost.
 */
export async function startCluster(settings: PlaceSettings): Promise<Place> {
  const installation = newInstallation(services, await emptiedKeyspace())
  const { messages, schema } = installation
  const cluster = await processes.serve(installation, settings)
  const copies = new Map<string, KeyspaceCopy>()
  let backups = 0
  return {
    get apiUrl() {
      return cluster.apiUrl
    },
    get gatewayUrls() {
      return cluster.gatewayUrls
    },
    stop: () => cluster.stop(),
    start: () => cluster.start(),
    async backup() {
      const name = `${schema}_backup_${++backups}`
      await backupDatabase(installation, name)
      if (messages !== undefined) copies.set(name, await backupKeyspace(messages))
      return { name }
    },
    async restore({ name }) {
      await restoreDatabase(installation, name)
      const copy = copies.get(name)
      if (messages !== undefined && copy !== undefined) await restoreKeyspace(messages, copy)
      await loseLog(installation)
      await renewLog(installation)
      // as the command says: whoever is let in before is reset to the old numbers first
      await cluster.start(['sequencer'])
      if (messages === undefined) await untilInNewEpochs(installation)
      else await untilHeadsInNewEpochs(messages)
      await cluster.stop()
    },
    async end() {
      await cluster.stop()
      if (messages !== undefined) keyspaces.push(messages.keyspace)
      if (cluster.fatal.length > 0) throw new Error(cluster.fatal.join('\n'))
    },
  }
}

async function emptiedKeyspace(): Promise<string | undefined> {
  const { cassandra } = services
  const keyspace = keyspaces.pop()
  if (cassandra === undefined || keyspace === undefined) return undefined
  await emptyKeyspace({ cassandra, keyspace })
  return keyspace
}
