import { connect, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { afterEach } from 'vitest'
import {
  createGrpcPushBus,
  type GrpcPushBus,
  type GrpcPushBusOptions,
} from '../../src/adapters/grpc/push-bus.js'
import { createMemoryProcesses } from '../../src/adapters/memory/processes.js'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import type { PushBatch, PushReceiver } from '../../src/ports/push.js'

const ends = new Set<() => Promise<void>>()
afterEach(async () => {
  for (const end of ends) await end()
  ends.clear()
})

/** Buses that know each other by one list of processes. */
export function createWorld(leaseMs = 10_000) {
  const processes = createMemoryProcesses({ environment: nodeEnvironment, leaseMs })
  return {
    processes,
    async open(options: Partial<GrpcPushBusOptions> = {}): Promise<GrpcPushBus> {
      const bus = await createGrpcPushBus({
        environment: nodeEnvironment,
        processes,
        host: '127.0.0.1',
        port: 0,
        security: { secret: 'of the test' },
        refreshIntervalMs: 20,
        // who tests a deadline names one; the machine of a test may be busy
        deadlineMs: 20_000,
        connectTimeoutMs: 20_000,
        callTimeoutMs: 20_000,
        ...options,
      })
      ends.add(() => bus.close())
      return bus
    },
  }
}

/** A process that notes what it is pushed. */
export class Recorder implements PushReceiver {
  readonly batches: PushBatch[] = []
  receive(batch: PushBatch): void {
    this.batches.push(batch)
  }
  async confirmRemoval(): Promise<void> {}
  get seqs(): number[] {
    return this.batches.flatMap((batch) =>
      batch.channels.flatMap((channel) => channel.events.map((pushed) => pushed.event.channel_seq)),
    )
  }
}

/** A batch with events of one channel, from the first number on. */
export function batchOf(from: number, count = 1, text = 'hello'): PushBatch {
  const events = Array.from({ length: count }, (_, i) => {
    const event = {
      type: 'message.new',
      channel_id: 'general',
      channel_seq: from + i,
      message_count: from + i,
      user_id: 'ada',
      client_msg_id: `m${from + i}`,
      ts: 1,
      message_id: `${from + i}`,
      text,
    } as const
    return { event, json: JSON.stringify(event) }
  })
  const headSeq = from + count - 1
  return {
    channels: [
      {
        channelId: 'general',
        epoch: 1,
        fromSeq: 0,
        headSeq,
        messageCount: headSeq,
        oldestSeq: 1,
        events,
      },
    ],
    answers: [],
  }
}

/** A way to an address that can be frozen: what is sent stays on the way until it thaws. */
export async function freezableWay(address: string) {
  const target = Number(address.slice(address.lastIndexOf(':') + 1))
  const sockets = new Set<Socket>()
  let isFrozen = false
  const server: Server = createTcpServer((from) => {
    const to = connect(target, '127.0.0.1')
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      sockets.add(one)
      if (isFrozen) one.pause()
      one.on('data', (bytes) => other.write(bytes))
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
      if (isFrozen) one.pause()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.add(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as { port: number }
  return {
    address: `127.0.0.1:${port}`,
    freeze() {
      isFrozen = true
      for (const socket of sockets) socket.pause()
    },
    thaw() {
      isFrozen = false
      for (const socket of sockets) socket.resume()
    },
  }
}
