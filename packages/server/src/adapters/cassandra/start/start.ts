import type { Client } from 'cassandra-driver'
import type { CassandraStoreSettings } from '../options.js'
import { storeError } from '../session/errors.js'
import { checkCommitLogs } from './commit-log.js'
import { prepareKeyspace } from './keyspace.js'
import { migrate } from './migrate.js'
import { CassandraRefused } from './refused.js'
import { checkTables } from './tables.js'

/** The first version with the compaction and the settings table that are needed here. */
const MIN_MAJOR = 5

/** Everything that must be true before the first message: checked, or refused with one sentence. */
export async function prepareCluster(
  client: Client,
  settings: CassandraStoreSettings,
): Promise<{ readonly periodic: boolean }> {
  try {
    checkVersions(client)
    const found = await checkCommitLogs(client, settings)
    await prepareKeyspace(client, settings)
    await migrate(client, settings)
    await checkTables(client, settings)
    // replicas are chosen by it
    await client.metadata.refreshKeyspace(settings.keyspace)
    return found
  } catch (error) {
    if (error instanceof CassandraRefused) throw error
    throw new CassandraRefused(
      'contactPoints',
      `Cassandra does not do what a start needs: ${storeError(error).message}`,
      'See that enough of its nodes are up, and that this user may do it.',
      { cause: error },
    )
  }
}

function checkVersions(client: Client): void {
  for (const { address, cassandraVersion } of client.hosts.values()) {
    if (Number.parseInt(cassandraVersion, 10) >= MIN_MAJOR) continue
    throw new CassandraRefused(
      'contactPoints',
      `the node ${address} runs Cassandra ${cassandraVersion}.`,
      `Upgrade it to ${MIN_MAJOR}.0 or later.`,
    )
  }
}
