import { createSocket, type Socket } from 'node:dgram'
import { createServer } from 'node:net'

// Below the ports from which Linux and macOS take those of outgoing connections: while a node is down,
// no client may be given its port, or the node cannot come back to it.
const first = 15_000
const last = 32_000
const tries = 500

/**
 * Free ports of one run. A port is held by binding it for UDP, which no service uses: another run sees
 * that, the node can still bind it for TCP again and again, and the hold ends with the process.
 */
export class Ports {
  readonly #holds: Socket[] = []

  /** One port that is free on all of the given addresses. */
  async take(hosts: readonly string[] = ['127.0.0.1']): Promise<number> {
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const port = first + Math.floor(Math.random() * (last - first))
      const hold = await holdUdp(port)
      if (!hold) continue
      const free = await Promise.all(hosts.map((host) => isFree(host, port)))
      if (free.every(Boolean)) {
        this.#holds.push(hold)
        return port
      }
      hold.close()
    }
    throw new Error(`No port between ${first} and ${last} is free on ${hosts.join(', ')}.`)
  }

  async takeSeveral(count: number): Promise<number[]> {
    const ports: number[] = []
    while (ports.length < count) ports.push(await this.take())
    return ports
  }

  release(): void {
    for (const hold of this.#holds.splice(0)) hold.close()
  }
}

function holdUdp(port: number): Promise<Socket | undefined> {
  const socket = createSocket('udp4')
  return new Promise((resolve) => {
    socket.once('error', () => {
      socket.close()
      resolve(undefined)
    })
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      socket.unref()
      resolve(socket)
    })
  })
}

function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
