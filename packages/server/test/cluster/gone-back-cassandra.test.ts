import { TABLES } from '../../src/adapters/cassandra/schema.js'
import { operator } from '../cassandra/world.js'
import { goneBackOver } from './gone-back.js'

goneBackOver('cassandra', async ({ cassandraKeyspace }) => {
  const client = await operator()
  const marks = `${cassandraKeyspace}.marks`
  async function empty() {
    for (const table of TABLES) await client.execute(`TRUNCATE ${cassandraKeyspace}.${table}`)
  }
  return {
    empty,
    // rows that are deleted by hand win against all that is written again: it loses them all
    async loseLast() {
      await empty()
      return 0
    },
    async rollBack() {
      const { rows } = await client.execute(`SELECT * FROM ${marks}`)
      await client.execute(`TRUNCATE ${marks}`)
      for (const { generation, log_partition: partition, mark } of rows) {
        await client.execute(
          `INSERT INTO ${marks} (generation, log_partition, mark) VALUES (?, ?, ?) USING TIMESTAMP 1`,
          [generation, partition, BigInt(mark) / 2n],
          { prepare: true },
        )
      }
    },
    close: () => client.shutdown(),
  }
})
