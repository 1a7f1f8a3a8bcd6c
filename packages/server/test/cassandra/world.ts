import { randomBytes } from 'node:crypto'
import { Client } from 'cassandra-driver'
import type { CassandraStoreOptions } from '../../src/adapters/cassandra/message-store.js'
import { useService } from '../services/use-service.js'

const { contactPoints, port, localDataCenter } = await useService('cassandra')

/** The service of this run is one node: whoever uses it allows that. */
export const service = {
  contactPoints,
  port,
  localDataCenter,
  createKeyspace: true,
  replicationFactor: 1,
  allowUnsafeReplication: true,
} as const satisfies Partial<CassandraStoreOptions>

/** A name that no other file and no other run takes. */
export const newKeyspace = (): string => `t_${randomBytes(8).toString('hex')}`

/** A connection of the test's own, beside the store's. */
export async function operator(): Promise<Client> {
  const client = new Client({
    contactPoints: [...contactPoints],
    localDataCenter,
    protocolOptions: { port },
    encoding: { useBigIntAsLong: true },
    socketOptions: { readTimeout: 30_000 },
  })
  await client.connect()
  return client
}

/** Ends a file's keyspaces with it. */
export async function dropKeyspaces(client: Client, keyspaces: readonly string[]): Promise<void> {
  for (const keyspace of keyspaces) await client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`)
  await client.shutdown()
}
