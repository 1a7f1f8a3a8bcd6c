import { createServer, type Server } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { createCassandraMessageStore } from '../../src/adapters/cassandra/message-store.js'

/** Of 127.0.0.1, signed by nobody but itself. */
const cert = `-----BEGIN CERTIFICATE-----
MIIBizCCATCgAwIBAgIUYRI000b65hBhnyNMBB2ZMbwiToMwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGbm9ib2R5MCAXDTI2MTEyMjA2MzkzOFoYDzIxMjYxMDI5MDYz
OTM4WjARMQ8wDQYDVQQDDAZub2JvZHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AARXMYPhi8/SyoWakquHNZsdWPgLJLNgVuxaVLaehAsk8UIdvDV3FDh6sxYaAVV6
55f/d0iwXa1/z2TKbQotx89ho2QwYjAdBgNVHQ4EFgQUEYSm5CQHAb24PKMzm/sy
yA3Kk5YwHwYDVR0jBBgwFoAUEYSm5CQHAb24PKMzm/syyA3Kk5YwDwYDVR0TAQH/
BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0kAMEYCIQC95jZi
TL/9uVftLuwDU/MVS2w8iKOtstbhQj+8woUVrgIhANijLHfaRnjWam2/Te3hqm8F
fGGvvTPFkkSxvKCXLCOd
-----END CERTIFICATE-----`
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg0TumzFWVvwj7aNSS
nlYvbA00R7Y28xZRd5vnw9DtbjGhRANCAARXMYPhi8/SyoWakquHNZsdWPgLJLNg
VuxaVLaehAsk8UIdvDV3FDh6sxYaAVV655f/d0iwXa1/z2TKbQotx89h
-----END PRIVATE KEY-----`

let server: Server | undefined
afterEach(() => server?.close())

describe('encrypted connections to Cassandra', () => {
  it('are not made to somebody whose certificate nobody known has signed', async () => {
    let said = 0
    server = createServer({ key, cert }, (socket) => socket.on('data', () => (said += 1)))
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
