import { Client } from 'cassandra-driver'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { TcpProxy } from '../../../../scripts/services/proxy/tcp-proxy.js'
import { createCassandraMessageStore } from '../../src/adapters/cassandra/message-store.js'
import { until } from '../support/wait.js'
import { dropKeyspaces, newKeyspace, operator, service } from './world.js'

const [host] = service.contactPoints
const keyspaces: string[] = []
let network: TcpProxy | undefined
afterEach(async () => {
  await network?.close()
  await dropKeyspaces(await operator(), keyspaces.splice(0))
})

/** What keeps this process alive; the network of the test does not. */
const openSockets = () =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'TCPSocketWrap').length

const hasAll = (driver: Client | undefined): boolean =>
  driver?.hosts.values().every((node) => driver.getState().getOpenConnections(node) > 0) === true

describe('when all nodes of Cassandra were away', () => {
  it('R8: the owners are told of each time, and close() leaves no connection behind', async () => {
    network = await TcpProxy.open('127.0.0.1', 0, `${host}:${service.port}`)
    const port = Number(network.address.split(':')[1])
    const keyspace = newKeyspace()
    keyspaces.push(keyspace)
    const before = openSockets()
    const back: string[] = []
    const connecting = vi.spyOn(Client.prototype, 'connect')
    const store = await createCassandraMessageStore({
      ...service,
      contactPoints: ['127.0.0.1'],
      port,
      keyspace,
      onNodeBack: (address) => back.push(address),
    })
    const [driver] = connecting.mock.contexts as Client[]
    connecting.mockRestore()
    await store.prepareFolds()
    const answers = () =>
      store.reachable().then(
        () => true,
        () => false,
      )
    for (let outage = 1; outage <= 3; outage++) {
      network.refuse()
      network.reset()
      await until('it is away', async () => !(await answers()))
      back.length = 0
      await network.accept()
      await until('it is back', answers)
      await until(`outage ${outage} is told of`, () => back.length > 0)
    }
    // what it has not taken in yet it would not close, and nobody could tell it to
    await until('the driver has all its connections', () => hasAll(driver))
    await store.close()
    await until('nothing is left', () => openSockets() === before)
    expect(new Set(back)).toEqual(new Set([network.address]))
  }, 90_000)

  it('close() leaves no connection behind that is just being made, with a node that is back', async () => {
    network = await TcpProxy.open('127.0.0.1', 0, `${host}:${service.port}`)
    const keyspace = newKeyspace()
    keyspaces.push(keyspace)
    const before = openSockets()
    const store = await createCassandraMessageStore({
      ...service,
      contactPoints: ['127.0.0.1'],
      port: Number(network.address.split(':')[1]),
      keyspace,
    })
    network.refuse()
    network.reset()
    await until('it is away', () => openSockets() === before)
    // the driver's first questions take their time
    network.slow(20)
    await network.accept()
    await until('a connection is being made', () => openSockets() > before)
    await store.close()
    await until('nothing is left', () => openSockets() === before)
  }, 90_000)
})
