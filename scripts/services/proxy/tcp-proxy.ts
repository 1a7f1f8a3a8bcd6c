import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Delayed } from './delayed.js'

interface Link {
  readonly sockets: readonly [Socket, Socket]
  readonly ways: readonly [Delayed, Delayed]
}

/** The network in front of one node, for tests that break it. */
export class TcpProxy {
  readonly address: string
  readonly #server: Server
  readonly #links = new Set<Link>()
  #delayMs = 0
  #isCut = false

  private constructor(server: Server, address: string) {
    this.#server = server
    this.address = address
  }

  /** Listens on `host:port` (0 for any port) and passes everything on to `target`. */
  static async open(host: string, port: number, target: string): Promise<TcpProxy> {
    const server = createServer()
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, resolve)
    })
    server.unref()
    const proxy = new TcpProxy(server, `${host}:${(server.address() as AddressInfo).port}`)
    server.on('connection', (client) => proxy.#link(client, target))
    return proxy
  }

  /**
   * Nothing passes any more, in either direction; nobody is told, as when a cable is pulled. What was
   * under way arrives after `heal`. A new connection is accepted, but silent.
   */
  cut(): void {
    this.#isCut = true
    this.#apply()
  }

  /** Closes every connection at once; new ones work. */
  reset(): void {
    for (const { sockets } of this.#links) for (const socket of sockets) socket.resetAndDestroy()
  }

  /** Everything arrives this much later in each direction, in order. */
  slow(delayMs: number): void {
    this.#delayMs = delayMs
    this.#apply()
  }

  /** As if nothing had happened. */
  heal(): void {
    this.#isCut = false
    this.#delayMs = 0
    this.#apply()
  }

  async close(): Promise<void> {
    this.reset()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #link(client: Socket, target: string): void {
    const [host, port] = target.split(':')
    const upstream = connect({ host, port: Number(port) })
    const ways = [new Delayed(client, upstream), new Delayed(upstream, client)] as const
    const link: Link = { sockets: [client, upstream], ways }
    this.#links.add(link)
    for (const socket of link.sockets) {
      socket.setNoDelay()
      socket.unref()
      // A connection that ends on one side ends on the other, but not through a cut cable.
      socket.on('error', () => socket.destroy())
    }
    client.on('close', () => ways[0].end(() => upstream.destroySoon()))
    upstream.on('close', () => ways[1].end(() => client.destroySoon()))
    const forget = () => client.destroyed && upstream.destroyed && this.#links.delete(link)
    client.on('close', forget)
    upstream.on('close', forget)
    this.#applyTo(link)
  }

  #apply(): void {
    for (const link of this.#links) this.#applyTo(link)
  }

  #applyTo({ ways }: Link): void {
    for (const way of ways) way.set(this.#delayMs, this.#isCut)
  }
}
