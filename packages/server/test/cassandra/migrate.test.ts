import { afterAll, describe, expect, it } from 'vitest'
import { createCassandraMessageStore } from '../../src/adapters/cassandra/message-store.js'
import { withDefaults } from '../../src/adapters/cassandra/options.js'
import { SCHEMA_VERSION, TABLES } from '../../src/adapters/cassandra/schema.js'
import { withSchemaLock } from '../../src/adapters/cassandra/start/lock.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { dropKeyspaces, newKeyspace, operator, service } from './world.js'

const client = await operator()
const keyspaces = Array.from({ length: 3 }, newKeyspace)
afterAll(() => dropKeyspaces(client, keyspaces))
const [together = '', stopped = '', older = ''] = keyspaces
const start = (keyspace: string) => createCassandraMessageStore({ ...service, keyspace })

const installation = async (keyspace: string) => {
  const { rows } = await client.execute(`SELECT name, value FROM ${keyspace}.installation`)
  return Object.fromEntries(rows.map((row) => [row.name, row.value]))
}

describe('the tables', () => {
  it('are made once by processes that start at once, each of which then works', async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, () => start(together)))
    const streams = stores.map((_, i) => new StreamBuilder(`c${i}`).say('hello'))
    await Promise.all(stores.map((store, i) => store.write(streams[i]?.batch() ?? never())))
    const heads = await Promise.all(
      stores.map((store) => store.heads(streams.map((stream) => stream.channelId))),
    )
    for (const seen of heads) expect(seen.map((head) => head?.headSeq)).toEqual([1, 1, 1, 1])
    await Promise.all(stores.map((store) => store.close()))
    expect(await installation(together)).toEqual({
      schema_version: String(SCHEMA_VERSION),
      bucket_size: '1000',
    })
  })

  it('are made to the end by the next process when one died in the middle, once its lock is over', async () => {
    // as it leaves things: its lock and the first table
    await (await start(stopped)).close()
    for (const table of TABLES.slice(1)) await client.execute(`DROP TABLE ${stopped}.${table}`)
    await client.execute(
      `DELETE FROM ${stopped}.installation WHERE name = 'schema_version' IF EXISTS`,
    )
    const begunAt = performance.now()
    await client.execute(
      `INSERT INTO ${stopped}.installation (name, value) VALUES ('lock', 'dead') IF NOT EXISTS USING TTL 2`,
    )
    const store = await start(stopped)
    expect(performance.now() - begunAt).toBeGreaterThan(500)
    await store.write(new StreamBuilder('c').say('hello').batch())
    await store.close()
    expect(await installation(stopped)).toMatchObject({ schema_version: String(SCHEMA_VERSION) })
  })

  it('of version 1 get what is new, and keep what they hold', async () => {
    const store = await start(older)
    const stream = new StreamBuilder('c').say('hello')
    await store.write(stream.batch())
    await store.close()
    // as version 1 leaves things
    await client.execute(`DROP TABLE ${older}.marks`)
    await client.execute(
      `UPDATE ${older}.installation SET value = '1' WHERE name = 'schema_version' IF EXISTS`,
    )
    const migrated = await start(older)
    expect((await migrated.heads(['c']))[0]?.headSeq).toBe(1)
    await migrated.marks.raise(stream.at(1), 0)
    expect(await migrated.marks.read(stream.at(0))).toBe(1)
    await migrated.close()
    expect(await installation(older)).toMatchObject({ schema_version: String(SCHEMA_VERSION) })
  })

  it('are not touched any more by a process whose lock was taken by another', async () => {
    const settings = withDefaults({ ...service, keyspace: together })
    const after: string[] = []
    const work = withSchemaLock(
      client,
      settings,
      async () => false,
      async (stillHeld) => {
        await stillHeld()
        await client.execute(
          `UPDATE ${together}.installation SET value = 'thief' WHERE name = 'lock' IF EXISTS`,
        )
        await stillHeld()
        after.push('changed')
      },
    )
    await expect(work).rejects.toThrow('lost to another process')
    expect(after).toEqual([])
  })
})

function never(): never {
  throw new Error('there is a stream for each store')
}
