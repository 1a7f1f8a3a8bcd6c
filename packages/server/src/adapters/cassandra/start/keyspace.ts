import type { Client } from 'cassandra-driver'
import type { CassandraStoreSettings } from '../options.js'
import { alter, query } from './query.js'
import { CassandraRefused } from './refused.js'

/** Copies below which the death of one node stops writing, or loses what was acknowledged (I1). */
const MIN_COPIES = 3

/** Of `system_schema.keyspaces`: the class, and copies by data centre (or `replication_factor`). */
type Replication = Readonly<Record<string, string>>

/** The keyspace is there, with enough copies in the local data centre. Nothing is made before that is sure. */
export async function prepareKeyspace(
  client: Client,
  settings: CassandraStoreSettings,
): Promise<void> {
  const { keyspace, localDataCenter, replicationFactor } = settings
  const [row] = await query(
    client,
    settings.environment,
    'SELECT replication, durable_writes FROM system_schema.keyspaces WHERE keyspace_name = ?',
    [keyspace],
  )
  if (row !== undefined) {
    checkCopies(client, settings, copiesIn(row.replication as Replication, localDataCenter))
    if (row.durable_writes === false) {
      throw new CassandraRefused(
        'keyspace',
        `${keyspace} does not write its commit log: what was acknowledged may be lost.`,
        `ALTER KEYSPACE ${keyspace} WITH durable_writes = true;`,
      )
    }
    return
  }
  const create = `CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', '${localDataCenter.replaceAll("'", "''")}': ${replicationFactor}}`
  if (!settings.createKeyspace) {
    throw new CassandraRefused(
      'createKeyspace',
      `there is no keyspace ${keyspace}.`,
      `Set it to true, or make the keyspace yourself: ${create};`,
    )
  }
  checkCopies(client, settings, replicationFactor)
  await alter(client, settings.environment, create)
}

/** How many copies a data centre keeps. */
export function copiesIn(replication: Replication, dataCenter: string): number {
  const simple = replication.class?.endsWith('.SimpleStrategy')
  return Number.parseInt(replication[simple ? 'replication_factor' : dataCenter] ?? '0', 10)
}

function checkCopies(
  client: Client,
  { keyspace, localDataCenter, allowUnsafeReplication, onWarning }: CassandraStoreSettings,
  copies: number,
): void {
  const alterTo = (count: number) =>
    `ALTER KEYSPACE ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', '${localDataCenter}': ${count}}; and then nodetool repair.`
  if (copies === 0) {
    throw new CassandraRefused(
      'localDataCenter',
      `keyspace ${keyspace} keeps no copy in ${localDataCenter}.`,
      `Name another data centre, or ${alterTo(MIN_COPIES)}`,
    )
  }
  const nodes = client.hosts.values().filter((host) => host.datacenter === localDataCenter).length
  if (copies > nodes) {
    throw new CassandraRefused(
      'keyspace',
      `${keyspace} keeps ${copies} copies in ${localDataCenter}, which has ${nodes} ${nodes === 1 ? 'node' : 'nodes'}.`,
      'Start more nodes, or keep fewer copies.',
    )
  }
  if (copies >= MIN_COPIES) return
  const problem = `keyspace ${keyspace} keeps ${copies} ${copies === 1 ? 'copy' : 'copies'} in ${localDataCenter}, so the death of one node stops or loses messages.`
  if (!allowUnsafeReplication) {
    throw new CassandraRefused(
      'allowUnsafeReplication',
      problem,
      `Keep three: ${alterTo(MIN_COPIES)} Or set it to true where messages may be lost.`,
    )
  }
  onWarning(`${problem} Keep three: ${alterTo(MIN_COPIES)}`)
}
