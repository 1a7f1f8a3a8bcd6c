/**
 * The hand-made limit: a `ws` server that knows one channel, collects what comes in one turn of the loop, and
 * writes one JSON-array frame to each socket with one system call. It stores nothing and promises nothing. Told to be
 * `whole`, what it sends has the fields of an event of Tidings, and so as many bytes.
 */
import { createServer } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { tellPort } from './tell-port.js'

const sockets = new Set<Duplex>()
const server = createServer()
const upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false })
let pending: string[] = []

function flush(): void {
  const payload = Buffer.from(`[${pending.join(',')}]`)
  pending = []
  const header =
    payload.length < 126
      ? Buffer.from([0x81, payload.length])
      : payload.length < 65_536
        ? Buffer.from([0x81, 126, payload.length >> 8, payload.length & 255])
        : Buffer.from([
            0x81,
            127,
            0,
            0,
            0,
            0,
            payload.length >>> 24,
            (payload.length >> 16) & 255,
            (payload.length >> 8) & 255,
            payload.length & 255,
          ])
  const frame = Buffer.concat([header, payload])
  for (const socket of sockets) socket.write(frame)
}

function publish(text: string): void {
  if (pending.length === 0) setImmediate(flush)
  pending.push(text)
}

server.on('upgrade', (request, socket, head) => {
  upgrades.handleUpgrade(request, socket, head, (ws) => {
    sockets.add(socket)
    ws.on('message', (data) => {
      const parsed: unknown = JSON.parse(String(data))
      for (const one of Array.isArray(parsed) ? parsed : [parsed]) publish(JSON.stringify(one))
    })
    ws.on('close', () => sockets.delete(socket))
    ws.send('"ready"')
  })
})
const isWhole = process.argv.includes('whole')
let seq = 0
function eventOf(text: string): object {
  if (!isWhole) return { type: 'message.new', text }
  seq += 1
  return {
    type: 'message.new',
    channel_id: 'c0',
    channel_seq: seq,
    message_count: seq,
    user_id: 'u0',
    client_msg_id: `m${seq}`,
    ts: Date.now(),
    message_id: String(seq),
    text,
  }
}
process.on('message', ({ inject }: { inject: readonly string[] }) => {
  for (const text of inject) publish(JSON.stringify(eventOf(text)))
})
process.once('SIGTERM', () => process.exit(0))
tellPort(server)
