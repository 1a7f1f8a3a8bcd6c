import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

/** A server behind a load balancer: it says its name to requests and to sockets, and can drain and die. */
export class Upstream {
  readonly address: string
  readonly sockets = new Set<WebSocket>()
  readonly #server: Server
  isDraining = false
  checksWhileDraining = 0
  /** Of the last request that was no check. */
  lastHeaders: IncomingHttpHeaders = {}
  /** Who ended the connection on which it came: the load balancer, or this server because it was idle. */
  lastEndedBy: 'balancer' | 'server' | undefined

  private constructor(server: Server, name: string) {
    this.#server = server
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const sockets = new WebSocketServer({ noServer: true })
    server.on('upgrade', (request, socket, head) => {
      if (this.isDraining) {
        socket.end(
          'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n',
        )
        return
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        this.sockets.add(webSocket)
        webSocket.on('error', () => {})
        webSocket.on('message', () => webSocket.send(name))
      })
    })
    server.on('request', (request, response) => {
      const isCheck = request.url === '/readyz' || request.url === '/healthz'
      if (isCheck && this.isDraining) this.checksWhileDraining += 1
      if (!isCheck) this.#note(request)
      response.statusCode = request.url === '/readyz' && this.isDraining ? 503 : 200
      response.end(name)
    })
  }

  static async start(name: string): Promise<Upstream> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new Upstream(server, name)
  }

  #note({ headers, socket }: IncomingMessage): void {
    this.lastHeaders = headers
    this.lastEndedBy = undefined
    socket.once('end', () => {
      this.lastEndedBy ??= 'balancer'
    })
    socket.once('close', () => {
      this.lastEndedBy ??= 'server'
    })
  }

  /** As a process that was killed: every connection is reset, and there is no new one. */
  die(): void {
    this.#server.close()
    for (const socket of this.sockets) socket.terminate()
    this.#server.closeAllConnections()
  }
}
