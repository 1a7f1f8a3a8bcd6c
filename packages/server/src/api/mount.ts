import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'
import type { Duplex } from 'node:stream'
import type { FastifyPluginAsync } from 'fastify'
import { ConfigError } from '../config/load.js'

export interface Mounted {
  readonly basePath: string
  readonly routing: (request: IncomingMessage, response: ServerResponse) => void
  /** Takes an upgrade, or refuses it: the socket has a path of its own. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** Resolves when no socket is left. */
  readonly sendAway: () => Promise<void>
}

const OPERATOR = ['/healthz', '/readyz', '/metrics']

const pathOf = (request: IncomingMessage): string => (request.url ?? '').split('?', 1)[0] ?? ''

/** True if a request is ours: under /v1, or one of the operator's pages, all below the base path. */
export function isOurs({ basePath }: Mounted, request: IncomingMessage): boolean {
  const path = pathOf(request)
  if (!path.startsWith(basePath)) return false
  const rest = path.slice(basePath.length)
  return rest === '/v1' || rest.startsWith('/v1/') || OPERATOR.includes(rest)
}

/** The address of the WebSocket. */
export const socketPath = (basePath: string): string => `${basePath}/v1/ws`

/** True if a request is for the socket. */
export const isSocket = ({ basePath }: Mounted, request: IncomingMessage): boolean =>
  pathOf(request) === socketPath(basePath)

/** Who of us takes upgrades of a server: there may be several, each below a path of its own. */
const taking = new WeakMap<Server, readonly Mounted[]>()

/** What stands in front of the listeners that a server had, for all of us that are attached. */
interface Front {
  readonly listener: RequestListener
  readonly mounted: Set<Mounted>
  readonly others: readonly RequestListener[]
}
const fronts = new WeakMap<Server, Front>()

/**
 * Puts us in front of the listeners that a server has: what is ours is answered here, the rest goes on to
 * them. Returns how to give the server back. Throws ConfigError for what is no server, or is ours already.
 */
export function attach(server: Server, mounted: Mounted): () => void {
  if (!(server instanceof NetServer)) {
    const allowed = 'a Node HTTP server; a Fastify app registers tidings.fastify instead'
    throw new ConfigError('server', 'attach()', allowed)
  }
  const detachUpgrade = attachUpgrade(server, mounted)
  const front = frontOf(server)
  front.mounted.add(mounted)
  let attached = true
  return () => {
    if (!attached) return
    attached = false
    detachUpgrade()
    front.mounted.delete(mounted)
    // where somebody stands in front of us, their requests go on through us
    if (front.mounted.size > 0 || !server.listeners('request').includes(front.listener)) return
    server.off('request', front.listener)
    for (const other of front.others) server.on('request', other)
  }
}

/** The one that is there already, unless somebody else listens too: each new one makes the way of requests longer. */
function frontOf(server: Server): Front {
  const listeners = server.listeners('request') as RequestListener[]
  const known = fronts.get(server)
  if (known !== undefined && listeners.length === 1 && listeners[0] === known.listener) return known
  const mounted = new Set<Mounted>()
  const listener: RequestListener = (request, response) => {
    for (const one of mounted) {
      if (isOurs(one, request)) return one.routing(request, response)
    }
    for (const other of listeners) other.call(server, request, response)
  }
  const front = { listener, mounted, others: listeners }
  fronts.set(server, front)
  server.removeAllListeners('request')
  server.on('request', listener)
  return front
}

/** Takes upgrades of the socket's path; others stay with whoever else listens, or are refused if nobody does. */
export function attachUpgrade(server: Server, mounted: Mounted): () => void {
  const all = (): readonly Mounted[] => taking.get(server) ?? []
  if (all().some(({ basePath }) => basePath === mounted.basePath)) {
    const allowed = 'another path for each that is attached to one server'
    throw new ConfigError('basePath', 'the settings', allowed, 'is taken on this server')
  }
  const isNobodys = (request: IncomingMessage): boolean =>
    server.listenerCount('upgrade') === all().length && !all().some((one) => isSocket(one, request))
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (isSocket(mounted, request) || (all()[0] === mounted && isNobodys(request))) {
      mounted.upgrade(request, socket, head)
    }
  }
  taking.set(server, [...all(), mounted])
  server.on('upgrade', onUpgrade)
  return () => {
    server.off('upgrade', onUpgrade)
    taking.set(
      server,
      all().filter((one) => one !== mounted),
    )
  }
}

/** The plugin for somebody's Fastify app: their parsers leave our requests alone. */
export function fastifyMount(mounted: Mounted): FastifyPluginAsync {
  return async (app) => {
    if (app.prefix !== '') {
      const problem = `says where we are, and the plugin was registered below the prefix “${app.prefix}”`
      throw new ConfigError(
        'basePath',
        'the settings',
        'all of the path, without a prefix',
        problem,
      )
    }
    const detach = attachUpgrade(app.server, mounted)
    // before Fastify waits for connections to end: a socket ends only when somebody ends it
    app.addHook('preClose', () => mounted.sendAway())
    app.addHook('onClose', async () => detach())
    await app.register(async (inner) => {
      inner.removeAllContentTypeParsers()
      inner.addContentTypeParser('*', (_request, _payload, done) => done(null))
      const urls = [`${mounted.basePath}/v1/*`, ...OPERATOR.map((path) => mounted.basePath + path)]
      for (const url of urls) {
        inner.all(url, (request, reply) => {
          reply.hijack()
          mounted.routing(request.raw, reply.raw)
        })
      }
    })
  }
}
