import type { Client } from 'cassandra-driver'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  CassandraRefused,
  type CassandraStoreOptions,
  createCassandraMessageStore,
} from '../../src/adapters/cassandra/message-store.js'
import { TABLES } from '../../src/adapters/cassandra/schema.js'
import { copiesIn } from '../../src/adapters/cassandra/start/keyspace.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { until } from '../support/wait.js'
import { dropKeyspaces, newKeyspace, operator, service } from './world.js'

const client = await operator()
const made: string[] = []
afterAll(() => dropKeyspaces(client, made))

const ofOurs = (): string => {
  const keyspace = newKeyspace()
  made.push(keyspace)
  return keyspace
}
const start = (options: Partial<CassandraStoreOptions>) =>
  createCassandraMessageStore({ ...service, keyspace: ofOurs(), ...options })

async function refusal(options: Partial<CassandraStoreOptions>): Promise<CassandraRefused> {
  const error = await start(options).then(
    (store) => store.close(),
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(CassandraRefused)
  return error as CassandraRefused
}

const exists = async (keyspace: string): Promise<boolean> =>
  (
    await client.execute(
      'SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?',
      [keyspace],
      { prepare: true },
    )
  ).rows.length > 0

const tablesOf = async (of: Client, keyspace: string): Promise<readonly string[]> =>
  (
    await of.execute(
      'SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?',
      [keyspace],
      { prepare: true },
    )
  ).rows.map((row) => String(row.table_name))

describe('a start on Cassandra', () => {
  // an installation that is there, to be broken
  const broken = ofOurs()
  beforeAll(async () => (await start({ keyspace: broken })).close())

  it('makes the keyspace and the tables on wish, and finds them the next time', async () => {
    const keyspace = ofOurs()
    const stream = new StreamBuilder('c').say('hello')
    const first = await start({ keyspace })
    await first.write(stream.batch())
    await first.close()
    const second = await start({ keyspace, createKeyspace: false, migrate: false })
    expect(await second.heads(['c'])).toEqual([{ ...stream.state, channelId: 'c' }])
    await second.reachable()
    await second.close()
    expect(await tablesOf(client, keyspace)).toEqual(expect.arrayContaining([...TABLES]))
  })

  it('refuses where there is no keyspace, with the statement that makes one', async () => {
    const keyspace = ofOurs()
    const { message } = await refusal({ keyspace, createKeyspace: false, replicationFactor: 3 })
    expect(message).toBe(
      `cassandraCreateKeyspace: there is no keyspace ${keyspace}. Set it to true, or make the keyspace yourself: CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': 3};`,
    )
    expect(await exists(keyspace)).toBe(false)
  })

  it('I1: refuses fewer than three copies with the remedy, before anything is made', async () => {
    const keyspace = ofOurs()
    const { field, message } = await refusal({ keyspace, allowUnsafeReplication: false })
    expect(field).toBe('allowUnsafeReplication')
    expect(message).toContain(`keeps 1 copy in datacenter1`)
    expect(message).toContain(`ALTER KEYSPACE ${keyspace} WITH replication`)
    expect(await exists(keyspace)).toBe(false)
  })

  it('I1: refuses a keyspace that somebody made with too few copies, of either strategy', async () => {
    for (const strategy of [
      "'class': 'SimpleStrategy', 'replication_factor': 1",
      "'class': 'NetworkTopologyStrategy', 'datacenter1': 1",
    ]) {
      const keyspace = ofOurs()
      await client.execute(`CREATE KEYSPACE ${keyspace} WITH replication = {${strategy}}`)
      const { field } = await refusal({ keyspace, allowUnsafeReplication: false })
      expect(field).toBe('allowUnsafeReplication')
      expect(await tablesOf(client, keyspace)).toEqual([])
    }
  })

  it('warns once, with the remedy, where fewer copies are allowed', async () => {
    const warnings: string[] = []
    const store = await start({ keyspace: broken, onWarning: (told) => warnings.push(told) })
    await store.close()
    expect(warnings).toEqual([expect.stringMatching(/1 copy in datacenter1.*ALTER KEYSPACE/)])
  })

  it('refuses more copies than there are nodes', async () => {
    const { message } = await refusal({ replicationFactor: 3 })
    expect(message).toContain('keeps 3 copies in datacenter1, which has 1 node.')
  })

  it('counts the copies of the local data centre, whichever strategy keeps them', () => {
    const package_ = 'org.apache.cassandra.locator.'
    const network = { class: `${package_}NetworkTopologyStrategy`, here: '3', there: '5' }
    expect(copiesIn(network, 'here')).toBe(3)
    expect(copiesIn(network, 'nowhere')).toBe(0)
    const simple = { class: `${package_}SimpleStrategy`, replication_factor: '2' }
    expect(copiesIn(simple, 'here')).toBe(2)
  })

  it('I1: refuses a keyspace that does not write its commit log', async () => {
    const keyspace = ofOurs()
    await client.execute(
      `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': 1} AND durable_writes = false`,
    )
    const { message } = await refusal({ keyspace })
    expect(message).toContain(`ALTER KEYSPACE ${keyspace} WITH durable_writes = true;`)
  })

  it.each([
    ['cassandraContactPoints', { contactPoints: ['127.0.0.1'], port: 1 }, 'ECONNREFUSED'],
    ['cassandraContactPoints', { tls: {} }, 'wrong version number'],
    [
      'cassandraLocalDataCenter',
      { localDataCenter: 'elsewhere' },
      'SELECT data_center FROM system.local',
    ],
    ['cassandraKeyspace', { keyspace: 'Tidings; DROP' }, 'small letters'],
  ] as const)(
    'refuses a wrong %s in one sentence that names the setting',
    async (setting, options, hint) => {
      const { message } = await refusal(options)
      expect(message).toMatch(new RegExp(`^${setting}: .*$`))
      expect(message.toLowerCase()).toContain(hint.toLowerCase())
    },
  )

  it('leaves no connection open that would keep a process which names a wrong data centre', async () => {
    const sockets = () =>
      process.getActiveResourcesInfo().filter((resource) => resource === 'TCPSocketWrap').length
    const before = sockets()
    await refusal({ localDataCenter: 'elsewhere' })
    await until('its connections are closed', () => sockets() <= before)
  })

  it('R2, R6: refuses tables that were altered to lose rows, with the statement that mends them', async () => {
    for (const [name, wrong, right] of [
      ['effects', "read_repair = 'BLOCKING'", "read_repair = 'NONE'"],
      [
        'events',
        "compaction = {'class': 'TimeWindowCompactionStrategy'}",
        "compaction = {'class': 'UnifiedCompactionStrategy'}",
      ],
      ['heads', 'default_time_to_live = 100', 'default_time_to_live = 0'],
    ]) {
      await client.execute(`ALTER TABLE ${broken}.${name} WITH ${wrong}`)
      const { message } = await refusal({ keyspace: broken })
      const remedy = `ALTER TABLE ${broken}.${name} WITH ${right};`
      expect(message).toContain(remedy)
      await client.execute(remedy.slice(0, -1))
    }
  })

  it('R11: refuses tables of a newer version, and rows laid out in other buckets', async () => {
    const set = (name: string, value: string) =>
      client.execute(
        `UPDATE ${broken}.installation SET value = ? WHERE name = ? IF EXISTS`,
        [value, name],
        { prepare: true },
      )
    await set('bucket_size', '500')
    expect((await refusal({ keyspace: broken })).message).toContain('500 events per bucket')
    await set('schema_version', '99')
    expect((await refusal({ keyspace: broken })).message).toContain('have version 99')
  })

  it('refuses tables of an older version where it may not change them', async () => {
    const { field, message } = await refusal({ migrate: false })
    expect(field).toBe('migrate')
    expect(message).toContain('have version 0')
  })
})
