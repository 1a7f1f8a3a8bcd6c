import { createHash } from 'node:crypto'
import cassandra from 'cassandra-driver'
import type { Row } from '../../kill/history.js'
import { rowOf } from '../../kill/rows.js'
import type { System } from './system.js'

const { consistencies } = cassandra.types
const READ_TIMEOUT_MS = 30_000
const PAGE_ROWS = 2_000

/** What Cassandra holds of these channels, read past the product: bucket after bucket, until one is empty. */
export async function rowsOf(
  { services, name }: System,
  channelIds: readonly string[],
): Promise<readonly Row[]> {
  const { contactPoints, port, localDataCenter } = services.cassandra
  const client = new cassandra.Client({
    contactPoints: contactPoints.map((host) => `${host}:${port}`),
    localDataCenter,
    socketOptions: { readTimeout: READ_TIMEOUT_MS },
    queryOptions: { consistency: consistencies.quorum, fetchSize: PAGE_ROWS, prepare: true },
  })
  const query = `SELECT channel_id, epoch, channel_seq, event FROM ${name}.events WHERE channel_id = ? AND epoch = 1 AND bucket = ?`
  try {
    await client.connect()
    const found: Row[] = []
    for (const channelId of channelIds) {
      for (let bucket = 0; ; bucket++) {
        const before = found.length
        for await (const row of await client.execute(query, [channelId, bucket])) {
          found.push(rowOf(row))
        }
        if (found.length === before) break
      }
    }
    return found
  } finally {
    await client.shutdown()
  }
}

/** The same for the same rows, in whatever order they come. */
export function digestOf(rows: readonly Row[]): string {
  const sorted = rows.map((row) => JSON.stringify(row)).sort()
  return createHash('sha256').update(sorted.join('\n')).digest('hex')
}
