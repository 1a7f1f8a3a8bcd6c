import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import type { Duplex } from 'node:stream'

/** How long headers, and a whole request, may take; above, the socket is answered and ended (I7). */
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const CHECK_INTERVAL_MS = 1_000
/** How often connections that have become idle are ended while the server closes. */
const IDLE_CHECK_MS = 50
/** Network connections beyond those that may become sockets: for requests, and to say why not. */
const SPARE_CONNECTIONS = 2_000

export interface OwnHttpServerOptions {
  /** Sockets that may be open; network connections have a bound a little above. */
  readonly maxConnections: number
  readonly headersTimeoutMs?: number
  readonly requestTimeoutMs?: number
  readonly routing: (request: IncomingMessage, response: ServerResponse) => void
  /** True for what may become a socket; other requests for an upgrade are answered without it. */
  readonly mayUpgrade: (request: IncomingMessage) => boolean
  /** Answers what is no HTTP, in the form of every answer, and ends the network connection. */
  readonly refuse: (socket: Duplex, code: 'invalid_frame' | 'payload_too_large') => void
}

/** The HTTP server of `listen()`: every bound that Node leaves open is set, and nothing ends without an answer. */
export function createOwnHttpServer(options: OwnHttpServerOptions): Server {
  const { routing, refuse } = options
  const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS
  const settings: ServerOptions & { shouldUpgradeCallback: unknown } = {
    headersTimeout: Math.min(options.headersTimeoutMs ?? HEADERS_TIMEOUT_MS, requestTimeout),
    requestTimeout,
    connectionsCheckingInterval: Math.min(CHECK_INTERVAL_MS, requestTimeout / 4),
    // newer than the oldest Node that we run on: there, other upgrades are refused
    shouldUpgradeCallback: options.mayUpgrade,
  }
  const server = createServer(settings)
  server.maxConnections = options.maxConnections + SPARE_CONNECTIONS
  const answering = new WeakMap<Duplex, number>()
  const counted = ({ socket }: IncomingMessage, response: ServerResponse): void => {
    answering.set(socket, (answering.get(socket) ?? 0) + 1)
    response.once('close', () => answering.set(socket, (answering.get(socket) ?? 1) - 1))
  }
  server.on('request', counted)
  server.on('request', routing)
  // whatever else is expected is no reason not to answer
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const inTheMiddle = (answering.get(socket) ?? 0) > 0
    // an answer now would be taken for that of a request before
    if (inTheMiddle || !socket.writable || error.code === 'ECONNRESET') socket.destroy()
    else
      refuse(socket, error.code === 'HPE_HEADER_OVERFLOW' ? 'payload_too_large' : 'invalid_frame')
  })
  return server
}

/** Resolves when nothing is left of it: idle connections go at once, those that answer something within the time. */
export async function closeHttpServer(server: Server, timeoutMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), timeoutMs)
    // whoever has their answer now may keep the connection for more
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS)
    server.close(() => {
      clearTimeout(cut)
      clearInterval(idle)
      resolve()
    })
    server.closeIdleConnections()
  })
}
