import { TABLES } from '../../src/adapters/cassandra/schema.js'
import { operator } from '../cassandra/world.js'
import { goneBackOver } from './gone-back.js'

goneBackOver('cassandra', async ({ cassandraKeyspace }) => {
  const client = await operator()
  const marks = `${cassandraKeyspace}.marks`
  return {
    async empty() {
      for (const table of TABLES) await client.execute(`TRUNCATE ${cassandraKeyspace}.${table}`)
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
