import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ErrorCode, LIMITS, SUBPROTOCOL } from '@tidings/protocol'
import { WebSocketServer } from 'ws'
import type {
  GatewaySocket,
  SocketRefusal,
  SocketRequest,
  SocketServer,
} from '../../ports/socket.js'
import { refuseByHttp } from './refuse.js'
import { addressOf, mayConnect, type Offered, offeredBy, remoteAddressOf } from './request.js'
import { WsSocket } from './socket.js'

export interface UpgradesOptions {
  readonly gateway: SocketServer
  /** The only path on which a socket can be had. */
  readonly path: string
  /** Origins whose pages may open sockets, or `*`; the same origin always may. */
  readonly corsOrigins: readonly string[]
  /** How many proxies stand in front; 0 trusts nobody. */
  readonly trustProxy: number
  /** Largest frame, in bytes. @default 64 KiB */
  readonly frameMaxBytes?: number
  /** How long a peer may take to answer a close before the socket is cut, in milliseconds. @default 5,000 */
  readonly closeTimeoutMs?: number
  /** Told of each upgrade that is refused by HTTP: the gateway hears nothing of it. */
  readonly onRefused?: (code: ErrorCode, requestId: string) => void
}

export interface Upgrades {
  /** For the `upgrade` event of a Node HTTP server. */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Takes no more upgrades. Sockets that are open belong to the gateway. */
  close(): void
}

/** A message of a client is small and comes in few pieces; more is no message of ours (I7). */
const FRAGMENTS_MAX = 64
const BUFFERED_CHUNKS_MAX = 1_024

/**
 * From the raw upgrade to a socket of the gateway. Nothing of the request is kept. A client that offers
 * `tidings.v1` is refused by frame, because a browser sees nothing of a refused upgrade; others, and what cannot
 * be afforded, by HTTP (P-76).
 */
export function createUpgrades(options: UpgradesOptions): Upgrades {
  const { gateway, path, corsOrigins, trustProxy } = options
  // newer than the types of `ws`
  const bounds = {
    maxFragments: FRAGMENTS_MAX,
    maxBufferedChunks: BUFFERED_CHUNKS_MAX,
    closeTimeout: options.closeTimeoutMs ?? 5_000,
  }
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // a flood of pings must not become a backlog of pongs: the socket answers them itself
    autoPong: false,
    WebSocket: WsSocket,
    maxPayload: options.frameMaxBytes ?? LIMITS.clientFrameMaxBytes,
    ...bounds,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  })
  function refuse(socket: Duplex, refusal: SocketRefusal): void {
    const requestId = randomUUID()
    options.onRefused?.(refusal.code, requestId)
    refuseByHttp(socket, refusal, requestId)
  }

  server.on('wsClientError', (_error, socket) =>
    refuse(socket, { code: 'invalid_frame', message: 'This is no WebSocket upgrade.' }),
  )

  let closed = false
  /** Whose token is being checked. */
  const checking = new Set<Duplex>()
  const refuseWhileClosing = (socket: Duplex): void =>
    refuse(socket, {
      code: 'unavailable',
      message: 'The server is going away.',
      retryAfterMs: 1_000,
    })

  function handle(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (closed) {
      refuseWhileClosing(socket)
      return
    }
    const address = addressOf(request)
    if (address.path !== path) {
      refuse(socket, { code: 'not_found', message: 'There are no sockets here.' })
      return
    }
    const offered = offeredBy(request)
    if (offered.any && !offered.tidings) {
      const message = `This server speaks ${SUBPROTOCOL}: offer that.`
      refuse(socket, { code: 'unsupported_version', message })
      return
    }
    const socketRequest: SocketRequest = {
      remoteAddress: remoteAddressOf(request, trustProxy),
      origin: request.headers.origin,
      token: offered.token ?? address.token,
    }
    const refusal: SocketRefusal | undefined = mayConnect(request, corsOrigins)
      ? gateway.admit(socketRequest)
      : { code: 'forbidden', message: 'Pages of this origin may not connect.' }
    const upgrade = (admission: Parameters<SocketServer['accept']>[2]): void => {
      server.handleUpgrade(request, socket, head, (ws) => {
        ws.begin(socket, (own: GatewaySocket) => gateway.accept(own, socketRequest, admission))
      })
    }
    if (refusal === undefined) checked(socketRequest, offered, socket, upgrade)
    else if (offered.tidings && gateway.canExplain()) upgrade({ refusal })
    else refuse(socket, refusal)
  }

  /** Whoever reads HTTP statuses is told about a bad token by one. */
  function checked(
    { token, remoteAddress }: SocketRequest,
    offered: Offered,
    socket: Duplex,
    upgrade: (admission: { readonly admitted: true }) => void,
  ): void {
    if (offered.tidings || token === undefined) {
      upgrade({ admitted: true })
      return
    }
    // until `ws` listens nobody else does
    const onError = (): void => {
      socket.destroy()
    }
    socket.on('error', onError)
    checking.add(socket)
    void gateway.checkToken(token, remoteAddress).then((refusal) => {
      socket.off('error', onError)
      if (!checking.delete(socket) || socket.destroyed) return
      if (refusal === undefined) upgrade({ admitted: true })
      else refuse(socket, refusal)
    })
  }

  return {
    handle,
    close() {
      closed = true
      for (const socket of checking) refuseWhileClosing(socket)
      checking.clear()
      server.close()
    },
  }
}
