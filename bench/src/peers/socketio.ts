/** Socket.IO, WebSocket only, default settings otherwise: one room, every publication emitted to it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'

const server = createServer()
const io = new Server(server, { transports: ['websocket'] })
io.on('connection', (socket) => {
  void socket.join('general')
  socket.on('send', (message: unknown) => io.to('general').emit('message', message))
})
process.on('message', ({ inject }: { inject: readonly string[] }) => {
  for (const text of inject) io.to('general').emit('message', { type: 'message.new', text })
})
process.once('SIGTERM', () => process.exit(0))
server.listen(0, '127.0.0.1', () =>
  process.send?.({ port: (server.address() as AddressInfo).port }),
)
