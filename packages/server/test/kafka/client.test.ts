import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { KafkaClients } from '../../src/adapters/kafka/client.js'
import { KafkaTransport } from '../../src/adapters/kafka/kafka-transport.js'
import { settingsOf } from '../../src/adapters/kafka/options.js'
import { Producer } from '../../src/adapters/kafka/producer.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'
import { until } from '../support/wait.js'

const servers = new Set<Server>()
const sockets = new Set<Socket>()
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  for (const server of servers) await new Promise((resolve) => server.close(resolve))
  servers.clear()
})

/** Brokers as frozen ones are: they take every connection, and answer nothing. */
async function frozenBrokers(count: number) {
  const connectedTo: number[] = []
  const brokers: string[] = []
  for (let i = 0; i < count; i++) {
    const server = createServer((socket) => {
      connectedTo.push(i)
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    })
    servers.add(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    brokers.push(`127.0.0.1:${(server.address() as { port: number }).port}`)
  }
  return { brokers, connectedTo }
}

describe('the client that the watchdog makes', () => {
  it('begins with the next broker of the list, and with the first again after the last', async () => {
    const { brokers, connectedTo } = await frozenBrokers(3)
    const environment = createVirtualEnvironment()
    const settings = settingsOf({ environment, brokers })
    const transport = new KafkaTransport(new KafkaClients(settings), 'commands', environment)
    const producer = new Producer(transport, settings)
    const appended = producer.append([
      { partition: 0, key: 'a', value: Buffer.from('a'), headers: {}, bytes: 1 },
    ])
    for (let clients = 1; clients <= 4; clients++) {
      await environment.settle()
      await until(`client ${clients} has connected`, () => connectedTo.length === clients)
      if (clients === 4) break
      // nothing is acknowledged for so long; then the batch is sent again within half a second
      await environment.advance(settings.watchdogMs + 500)
    }
    expect(connectedTo).toEqual([0, 1, 2, 0])
    await environment.advance(settings.appendTimeoutMs)
    expect(await appended).toMatchObject([{ status: 'unknown' }])
    const closed = producer.close()
    await environment.advance(2 * settings.appendTimeoutMs)
    await closed
  })
})
