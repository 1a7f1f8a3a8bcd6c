import { createServer, type Socket } from 'node:net'

const API = { produce: 0, metadata: 3, apiVersions: 18 } as const
/** The lowest versions of the protocol: they are all that is spoken here. */
const VERSIONS = [
  [API.produce, 0, 0],
  [API.metadata, 0, 0],
  [API.apiVersions, 0, 2],
] as const

/** What the brokers of a cluster tell of its one topic, of one partition. */
export interface SmallCluster {
  readonly topic: string
  readonly ports: Map<number, number>
  leader: number
  topicError: number
  partitionError: number
}

export const smallCluster = (topic: string): SmallCluster => ({
  topic,
  ports: new Map(),
  leader: 1,
  topicError: 0,
  partitionError: 0,
})

/** Speaks as much of Kafka's protocol as a producer asks of it, and answers as the test says. */
export class SmallBroker {
  /** How often something was to be appended. */
  produced = 0
  /** What an append is answered with. */
  produceError = 0
  /** Called with what was to be appended in hand, before it is answered. */
  onProduce: () => void = () => undefined
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer((socket) => this.#serve(socket))

  constructor(
    private readonly cluster: SmallCluster,
    private readonly nodeId: number,
  ) {}

  /** Resolves to its address. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const { port } = this.#server.address() as { port: number }
    this.cluster.ports.set(this.nodeId, port)
    return `127.0.0.1:${port}`
  }

  /** From now on nobody listens there, and every connection is cut. */
  kill(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => undefined)
    let received = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
        const end = 4 + received.readInt32BE(0)
        const answer = this.#answer(received.readInt16BE(4))
        const body = Buffer.concat([received.subarray(8, 12), answer])
        received = received.subarray(end)
        if (!socket.destroyed) socket.write(Buffer.concat([int32(body.length), body]))
      }
    })
  }

  #answer(api: number): Buffer {
    const { topic, ports, leader, topicError, partitionError } = this.cluster
    if (api === API.apiVersions) {
      const versions = VERSIONS.map((version) => Buffer.concat(version.map(int16)))
      return Buffer.concat([int16(0), array(versions), int32(0)])
    }
    if (api === API.metadata) {
      const brokers = Array.from(ports, ([nodeId, port]) =>
        Buffer.concat([int32(nodeId), text('127.0.0.1'), int32(port)]),
      )
      const replicas = array([int32(leader)])
      const partition = [int16(partitionError), int32(0), int32(leader), replicas, replicas]
      const topics = [int16(topicError), text(topic), array([Buffer.concat(partition)])]
      return Buffer.concat([array(brokers), array([Buffer.concat(topics)])])
    }
    this.produced += 1
    this.onProduce()
    const partition = Buffer.concat([int32(0), int16(this.produceError), Buffer.alloc(8)])
    return array([Buffer.concat([text(topic), array([partition])])])
  }
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

const text = (value: string): Buffer => Buffer.concat([int16(value.length), Buffer.from(value)])

const array = (items: readonly Buffer[]): Buffer => Buffer.concat([int32(items.length), ...items])
