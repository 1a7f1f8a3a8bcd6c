/** Bare `ws`: takes sockets and does nothing with them. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'

const server = createServer()
const upgrades = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  clientTracking: false,
})
server.on('upgrade', (request, socket, head) => {
  upgrades.handleUpgrade(request, socket, head, (ws) => {
    ws.on('message', () => ws.send('"ready"'))
    ws.send('"ready"')
  })
})
process.once('SIGTERM', () => process.exit(0))
server.listen(0, '127.0.0.1', () =>
  process.send?.({ port: (server.address() as AddressInfo).port }),
)
