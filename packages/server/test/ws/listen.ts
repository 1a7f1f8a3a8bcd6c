import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import { WebSocket } from 'ws'
import { createUpgrades, type UpgradesOptions } from '../../src/adapters/ws/upgrades.js'
import type {
  GatewaySocket,
  SocketListener,
  SocketRefusal,
  SocketRequest,
} from '../../src/ports/socket.js'

/** What a gateway would see of one real socket. */
export interface Seen {
  readonly socket: GatewaySocket
  readonly request: SocketRequest
  readonly admission: unknown
  readonly messages: { text: string; byteLength: number }[]
  pongs: number
  closedWith: number | undefined
}

/** Real sockets on a free port, with a gateway that only notes what it sees. */
export async function listen(over: Partial<UpgradesOptions> = {}) {
  const seen: Seen[] = []
  const gate = {
    refusal: undefined as SocketRefusal | undefined,
    tokenRefusal: undefined as SocketRefusal | undefined,
    canExplain: true,
    onCheck: undefined as (() => Promise<SocketRefusal | undefined>) | undefined,
    onMessage: (_: Seen, __: string): void => undefined,
  }
  const upgrades = createUpgrades({
    path: '/v1/ws',
    corsOrigins: ['https://app.example.com'],
    trustProxy: 0,
    closeTimeoutMs: 200,
    gateway: {
      admit: () => gate.refusal,
      canExplain: () => gate.canExplain,
      checkToken: async () => (gate.onCheck ? gate.onCheck() : gate.tokenRefusal),
      accept(socket, request, admission): SocketListener {
        const one: Seen = {
          socket,
          request,
          admission,
          messages: [],
          pongs: 0,
          closedWith: undefined,
        }
        seen.push(one)
        return {
          message(text, byteLength) {
            one.messages.push({ text, byteLength })
            gate.onMessage(one, text)
          },
          pong() {
            one.pongs++
          },
          closed(code) {
            one.closedWith = code
          },
        }
      },
    },
    ...over,
  })
  const server = createServer((_, response) => response.end())
  server.on('upgrade', upgrades.handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const opened: (WebSocket | Socket)[] = []
  return {
    upgrades,
    seen,
    gate,
    port,
    /** A client of `ws` that is open, or has failed to. */
    async open(protocols: string[] = ['tidings.v1'], path = '/v1/ws', headers = {}) {
      const client = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, { headers })
      opened.push(client)
      const received: string[] = []
      client.on('message', (data) => received.push(String(data)))
      const result = await new Promise<{ status?: number; body?: string; retryAfter?: string }>(
        (resolve) => {
          client.on('open', () => resolve({}))
          client.on('error', () => resolve({}))
          client.on('unexpected-response', (_, response) => {
            let body = ''
            response.on('data', (chunk) => {
              body += chunk
            })
            response.on('end', () =>
              resolve({
                status: response.statusCode ?? 0,
                body,
                ...(response.headers['retry-after'] && {
                  retryAfter: response.headers['retry-after'],
                }),
              }),
            )
          })
        },
      )
      const closed = new Promise<number>((resolve) => client.on('close', resolve))
      return { client, received, closed, ...result }
    },
    /** A bare TCP connection. */
    async tcp(): Promise<Socket> {
      const socket = connect(port, '127.0.0.1')
      opened.push(socket)
      await new Promise<void>((resolve) => socket.once('connect', resolve))
      return socket
    },
    async close() {
      for (const one of opened) 'terminate' in one ? one.terminate() : one.destroy()
      upgrades.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Resolves when a condition holds; the test's own time limit ends the waiting. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}
