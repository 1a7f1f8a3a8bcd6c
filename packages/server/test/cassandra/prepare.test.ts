import { afterAll, expect, it } from 'vitest'
import { createCassandraMessageStore } from '../../src/adapters/cassandra/message-store.js'
import { TABLES } from '../../src/adapters/cassandra/schema.js'
import { statementsOf, textsOf } from '../../src/adapters/cassandra/statements.js'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { dropKeyspaces, newKeyspace, operator, service } from './world.js'

const client = await operator()
const keyspace = newKeyspace()
afterAll(() => dropKeyspaces(client, [keyspace]))

it('whoever is to fold has every statement prepared before it takes part, and has written nothing', async () => {
  const store = await createCassandraMessageStore({
    ...service,
    keyspace,
    environment: nodeEnvironment,
  })
  const prepared = async () => {
    const { rows } = await client.execute('SELECT query_string FROM system.prepared_statements')
    const own = rows.map((row) => String(row.query_string)).filter((cql) => cql.includes(keyspace))
    // those by which a start makes the tables
    return own.filter((cql) => !cql.includes(`${keyspace}.installation`))
  }
  try {
    expect(await prepared()).toEqual([])
    await store.prepareFolds()
    expect((await prepared()).sort()).toEqual([...textsOf(statementsOf(keyspace))].sort())
    for (const table of TABLES) {
      const { rows } = await client.execute(`SELECT * FROM ${keyspace}.${table} LIMIT 1`)
      expect(rows, table).toEqual([])
    }
  } finally {
    await store.close()
  }
}, 60_000)
