/** Socket.IO, WebSocket only, default settings otherwise: one room, every publication emitted to it. */
import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { tellPort } from './tell-port.js'

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
tellPort(server)
