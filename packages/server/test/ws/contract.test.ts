import { describe, it } from 'vitest'
import { WebSocket } from 'ws'
import {
  type SocketHarness,
  type SocketPeer,
  socketContract,
} from '../../src/ports/contract/socket.js'
import { listen } from './listen.js'

async function wsHarness(): Promise<SocketHarness> {
  const servers: Awaited<ReturnType<typeof listen>>[] = []
  return {
    async connect(gateway): Promise<SocketPeer | undefined> {
      const ws = await listen({ gateway, closeTimeoutMs: 100 })
      servers.push(ws)
      const { client, received } = await ws.open()
      if (client.readyState !== WebSocket.OPEN) return undefined
      let closedWith: number | undefined
      client.on('close', (code) => {
        closedWith = code
      })
      return {
        received,
        get closedWith() {
          return closedWith
        },
        say: (text) => client.send(text),
        sayBinary: (bytes) => client.send(bytes),
        close: (code) => client.close(code),
        vanish: () => client.terminate(),
        stopReading: () => client.pause(),
        readOn: () => client.resume(),
        // who reads nothing hears of no close
        ignoreCloses: () => client.pause(),
      }
    },
    async close() {
      await Promise.all(servers.map((ws) => ws.close()))
    },
  }
}

socketContract('the WebSockets of a Node server', wsHarness, { describe, it })
