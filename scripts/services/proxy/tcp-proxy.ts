import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Delayed } from './delayed.js'
import type { Network } from './network.js'

interface Link {
  readonly source: string | undefined
  readonly sockets: readonly [Socket, Socket]
  readonly ways: readonly [Delayed, Delayed]
}

interface Fault {
  isCut: boolean
  delayMs: number
}

const everybody = ''

/** The network in front of one node; `from` is that part of it which one source uses. */
export class TcpProxy implements Network {
  readonly address: string
  readonly #server: Server
  readonly #links = new Set<Link>()
  readonly #faults = new Map<string, Fault>()

  private constructor(server: Server, address: string) {
    this.#server = server
    this.address = address
  }

  /** Listens on `host:port` (0 for any port) and passes everything on to `target`. */
  static async open(host: string, port: number, target: string): Promise<TcpProxy> {
    const server = createServer()
    await listen(server, host, port)
    server.unref()
    const proxy = new TcpProxy(server, `${host}:${(server.address() as AddressInfo).port}`)
    server.on('connection', (client) => proxy.#link(client, target))
    return proxy
  }

  cut(): void {
    this.#set(everybody, { isCut: true })
  }

  reset(): void {
    this.#reset(everybody)
  }

  slow(delayMs: number): void {
    this.#set(everybody, { delayMs })
  }

  /** As if nothing had happened, for all sources. */
  heal(): void {
    this.#faults.clear()
    this.#apply()
  }

  /** The connections that come from this address. */
  from(source: string): Network {
    return {
      cut: () => this.#set(source, { isCut: true }),
      reset: () => this.#reset(source),
      slow: (delayMs) => this.#set(source, { delayMs }),
      heal: () => this.#set(source, { isCut: false, delayMs: 0 }),
    }
  }

  /** New connections are refused, as they are where nothing listens: what is behind it has ended. */
  refuse(): void {
    this.#server.close()
  }

  /** After `refuse`: connections are accepted again. */
  async accept(): Promise<void> {
    if (this.#server.listening) return
    const [host = '', port] = this.address.split(':')
    await listen(this.#server, host, Number(port))
    this.#server.unref()
  }

  async close(): Promise<void> {
    this.reset()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #link(client: Socket, target: string): void {
    const [host, port] = target.split(':')
    const upstream = connect({ host, port: Number(port) })
    const ways = [new Delayed(client, upstream), new Delayed(upstream, client)] as const
    const link: Link = { source: client.remoteAddress, sockets: [client, upstream], ways }
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

  #set(source: string, fault: Partial<Fault>): void {
    this.#faults.set(source, { ...this.#faultOf(source), ...fault })
    this.#apply()
  }

  #reset(source: string): void {
    for (const link of this.#links) {
      if (source !== everybody && source !== link.source) continue
      for (const socket of link.sockets) socket.resetAndDestroy()
    }
  }

  #faultOf = (source: string): Fault => this.#faults.get(source) ?? { isCut: false, delayMs: 0 }

  #apply(): void {
    for (const link of this.#links) this.#applyTo(link)
  }

  #applyTo({ source, ways }: Link): void {
    const all = this.#faultOf(everybody)
    const own = this.#faultOf(source ?? everybody)
    for (const way of ways) {
      way.set(Math.max(all.delayMs, own.delayMs), all.isCut || own.isCut)
    }
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
