import { Client, types } from 'cassandra-driver'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningServices, startServices } from '../../scripts/services/index.js'
import { askBrokers } from '../support/ask-brokers.js'
import { native } from './support/native.js'
import { until } from './support/until.js'

describe('clusters of three behind a network that can be broken', { timeout: 120_000 }, () => {
  let services: RunningServices<{ kafka: 3; cassandra: 3 }>
  beforeAll(async () => {
    services = await startServices({ kafka: 3, cassandra: 3 }, { ...native, proxied: true })
  }, 300_000)
  afterAll(() => services?.close())

  describe('Kafka', () => {
    /**
     * How many brokers the others of one know of. To a newcomer: a controller that is cut off takes itself for the only
     * one for a while, and a client that has heard that asks nobody else any more.
     */
    async function knownBeside({ address: beside }: { readonly address: string }): Promise<number> {
      const others = services.kafka.brokers.filter((address) => address !== beside)
      const cluster = askBrokers(others, (admin) => admin.describeCluster())
      return cluster.then(
        ({ brokers }) => brokers.length,
        () => 0,
      )
    }

    it('tells clients the addresses of the network, not of the brokers', async () => {
      const { brokers } = await askBrokers(services.kafka.brokers, (admin) =>
        admin.describeCluster(),
      )
      const told = brokers.map(({ host, port }) => `${host}:${port}`)
      const ways = services.kafka.nodes.map(({ network }) => network?.address)
      expect(told.sort()).toEqual(ways.sort())
      expect(told).toEqual(services.kafka.brokers.toSorted())
    })

    it('loses a broker that is cut off from its peers, and has it again', async () => {
      const second = services.kafka.nodes[1] ?? expect.fail('no second broker')
      second.peerNetwork?.cut()
      await until('it is missed', async () => (await knownBeside(second)) === 2)
      second.peerNetwork?.heal()
      await until('all three are known', async () => (await knownBeside(second)) === 3)
    })

    it('goes on with two when one is killed, and is whole again when it is back', async () => {
      const third = services.kafka.nodes[2] ?? expect.fail('no third broker')
      await third.kill()
      await until('the others have noticed', async () => (await knownBeside(third)) === 2)
      await third.start()
      await until('all three are known', async () => (await knownBeside(third)) === 3)
    })
  })

  describe('Cassandra', () => {
    let client: Client
    beforeAll(async () => {
      const { contactPoints, port, localDataCenter } = services.cassandra
      client = new Client({
        contactPoints: [...contactPoints],
        localDataCenter,
        protocolOptions: { port },
        socketOptions: { readTimeout: 4000 },
      })
      await client.connect()
    })
    afterAll(() => client?.shutdown())

    it('has three nodes behind the addresses of the network', () => {
      const hosts = client.hosts.values().map(({ address }) => address)
      expect(hosts.sort()).toEqual(services.cassandra.nodes.map(({ address }) => address).sort())
      expect(hosts).toEqual(services.cassandra.nodes.map(({ network }) => network?.address).sort())
    })

    it('has what is acknowledged on the disk', async () => {
      const query = 'SELECT value FROM system_views.settings WHERE name = ?'
      const [sync] = (await client.execute(query, ['commitlog_sync'])).rows
      const [window] = (await client.execute(query, ['commitlog_sync_group_window'])).rows
      expect([sync?.value, window?.value]).toEqual(['group', '2ms'])
    })

    it('answers at a quorum while one node is cut off from its clients and its peers', async () => {
      await client.execute(
        `CREATE KEYSPACE kept WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': 3}`,
      )
      await client.execute('CREATE TABLE kept.rows (id int PRIMARY KEY)')
      const third = services.cassandra.nodes[2] ?? expect.fail('no third node')
      third.peerNetwork?.cut()
      await expect(writeToAll()).rejects.toThrow()
      third.network?.cut()
      const write = (id: number) =>
        client.execute('INSERT INTO kept.rows (id) VALUES (?)', [id], {
          prepare: true,
          isIdempotent: true,
          consistency: types.consistencies.localQuorum,
        })
      await until('a write is acknowledged', () => write(1).then(Boolean, () => false), 60_000)
      third.network?.heal()
      third.peerNetwork?.heal()
      await until('all three answer', () => writeToAll().then(Boolean, () => false), 60_000)
    })

    const writeToAll = () =>
      client.execute('INSERT INTO kept.rows (id) VALUES (2)', [], {
        consistency: types.consistencies.all,
      })
  })
})
