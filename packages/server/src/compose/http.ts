import type { Server } from 'node:http'
import type { ErrorCode } from '@tidings/protocol'
import { refuseByHttp } from '../adapters/ws/refuse.js'
import { createUpgrades } from '../adapters/ws/upgrades.js'
import { closeHttpServer, createOwnHttpServer } from '../api/http-server.js'
import { checkListenOptions, ListenError, listenOn, urlOf } from '../api/listen.js'
import {
  attach,
  attachUpgrade,
  fastifyMount,
  isOurs,
  isSocket,
  type Mounted,
  socketPath,
} from '../api/mount.js'
import type { Config } from '../config/fields.js'
import type { Gateway } from '../gateway/gateway.js'
import type { Logger } from '../observe/log.js'
import type { SocketServer } from '../ports/socket.js'
import type { TidingsServer } from '../server.js'

export interface HttpParts {
  readonly config: Config
  readonly routing: Mounted['routing']
  /** Left out: this process opens no sockets, and refuses upgrades. */
  readonly gateway?: (SocketServer & Pick<Gateway, 'drain'>) | undefined
  readonly isClosing: () => boolean
  readonly log: Pick<Logger, 'debug'>
  /** Told of each upgrade that is refused by HTTP. */
  readonly onRefused: (code: ErrorCode) => void
}

/** The ways by which HTTP comes in: servers of our own, and other people's. */
export interface HttpWays extends Pick<TidingsServer, 'listen' | 'attach' | 'fastify' | 'handle'> {
  /** Takes nothing new on our own servers; what is under way may take so long. Idle connections go at once. */
  closeOwn(timeoutMs: number): Promise<void>
  /** Takes no more upgrades anywhere. */
  closeUpgrades(): void
}

export function createHttpWays(parts: HttpParts): HttpWays {
  const { config, routing, gateway, isClosing, log } = parts
  const upgrades =
    gateway &&
    createUpgrades({
      gateway,
      path: socketPath(config.basePath),
      corsOrigins: config.corsOrigins,
      trustProxy: config.trustProxy,
      onRefused(code, requestId) {
        log.debug({ request_id: requestId, code }, 'an upgrade was refused')
        // of what is asked for at another address nobody counts
        if (code !== 'not_found') parts.onRefused(code)
      },
    })
  const mounted: Mounted = {
    basePath: config.basePath,
    routing,
    upgrade:
      upgrades?.handle ?? ((_request, socket) => refuseByHttp(socket, { code: 'not_found' })),
    sendAway: async () => gateway?.drain({ timeoutMs: config.drainTimeoutMs }),
  }
  const own: Server[] = []
  function refuseWhenClosing(): void {
    if (isClosing()) throw new ListenError('The server is closed.', 'Create a new one.')
  }
  return {
    async listen(options = {}) {
      checkListenOptions(options)
      const { port = config.port, host = config.host } = options
      refuseWhenClosing()
      const server = createOwnHttpServer({
        maxConnections: config.maxConnections,
        routing,
        mayUpgrade: (request) => isSocket(mounted, request),
        refuse: (socket, code) => refuseByHttp(socket, { code }),
      })
      attachUpgrade(server, mounted)
      const taken = await listenOn(server, host, port)
      if (isClosing()) server.close()
      refuseWhenClosing()
      own.push(server)
      return { url: urlOf(host, taken), port: taken }
    },
    attach: (server) => attach(server, mounted),
    fastify: fastifyMount(mounted),
    handle(request, response) {
      const ours = isOurs(mounted, request)
      if (ours) routing(request, response)
      return ours
    },
    async closeOwn(timeoutMs) {
      await Promise.all(own.map((server) => closeHttpServer(server, timeoutMs)))
    },
    closeUpgrades: () => upgrades?.close(),
  }
}
