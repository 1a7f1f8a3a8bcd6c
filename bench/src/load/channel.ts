import { cpuSeconds } from '../cpu.js'
import type { Dialect, RunningPeer } from '../peers/peer.js'
import { greet } from './greet.js'
import { type LoadSocket, MARKER } from './socket.js'

/** How messages come: 16 of one sender at once, one each of 16 senders, one after the other, or from the server itself. */
export type Pattern = 'burst' | 'spread' | 'single' | 'injected burst' | 'injected single'

const GROUP = 16
const BODY = 'x'.repeat(200 - MARKER.length)
const text = `${MARKER}${BODY}`

export interface ChannelRun {
  readonly deliveries: number
  readonly seconds: number
  readonly cpuSeconds: number
}

/** One channel of subscribers: publishes a group, waits until everybody has all of it, and goes on. */
export class ChannelLoad {
  private sequence = 0
  private constructor(
    private readonly peer: RunningPeer,
    private readonly dialect: Dialect,
    readonly sockets: readonly LoadSocket[],
  ) {}

  static async join(
    peer: RunningPeer,
    dialect: Dialect,
    subscribers: number,
  ): Promise<ChannelLoad> {
    const sockets: LoadSocket[] = []
    for (let i = 0; i < subscribers; i++) sockets.push(await greet(peer.port, dialect, i))
    return new ChannelLoad(peer, dialect, sockets)
  }

  /** Runs for about this long and says what it cost the server. */
  async run(pattern: Pattern, seconds: number): Promise<ChannelRun> {
    const startedAt = performance.now()
    const cpuBefore = cpuSeconds(this.peer.pid)
    const before = this.received()
    const size = pattern === 'single' || pattern === 'injected single' ? 1 : GROUP
    let expected = before
    do {
      this.publish(pattern, size)
      expected += size * this.sockets.length
      await this.until(expected)
    } while (performance.now() - startedAt < seconds * 1000)
    return {
      deliveries: this.received() - before,
      seconds: (performance.now() - startedAt) / 1000,
      cpuSeconds: cpuSeconds(this.peer.pid) - cpuBefore,
    }
  }

  private publish(pattern: Pattern, size: number): void {
    const texts = Array.from({ length: size }, () => text)
    if (pattern.startsWith('injected')) {
      this.peer.inject(texts)
    } else if (pattern === 'spread') {
      for (const [i, one] of texts.entries()) this.send(i, [one])
    } else {
      this.send(0, texts)
    }
  }

  private send(sender: number, texts: readonly string[]): void {
    for (const frame of this.dialect.publish(texts, this.sequence))
      this.sockets[sender]?.send(frame)
    this.sequence += texts.length
  }

  received(): number {
    let sum = 0
    for (const socket of this.sockets) sum += socket.received
    return sum
  }

  private async until(expected: number): Promise<void> {
    const deadline = performance.now() + 30_000
    while (this.received() < expected) {
      if (performance.now() > deadline) {
        throw new Error(`${expected - this.received()} deliveries did not come`)
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    if (this.received() > expected) throw new Error('more was delivered than was sent')
  }

  close(): void {
    for (const socket of this.sockets) socket.close()
  }
}
