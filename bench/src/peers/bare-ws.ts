/** Bare `ws`: takes sockets and does nothing with them. */
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { tellPort } from './tell-port.js'

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
tellPort(server)
