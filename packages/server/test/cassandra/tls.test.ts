import { createServer, type Server } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { strangersCertificate } from '../../../../scripts/services/testing/certificate.js'
import { createCassandraMessageStore } from '../../src/adapters/cassandra/message-store.js'

let server: Server | undefined
afterEach(() => server?.close())

describe('encrypted connections to Cassandra', () => {
  it('are not made to somebody whose certificate nobody known has signed', async () => {
    let said = 0
    server = createServer(strangersCertificate, (socket) => socket.on('data', () => (said += 1)))
    server.on('tlsClientError', () => undefined)
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    await expect(
      createCassandraMessageStore({
        contactPoints: ['127.0.0.1'],
        port,
        localDataCenter: 'datacenter1',
        tls: {},
      }),
    ).rejects.toThrow(/certificate/)
    expect(said).toBe(0)
  })
})
