import type { Coverage } from '../coverage.js'
import type { Attempt } from '../generate/attempt.js'
import { ClientFrames } from '../generate/client-frames.js'
import type { Random } from '../random.js'
import type { FuzzTarget } from '../system/target.js'
import { encodeFrame } from '../wire/encode.js'
import { FuzzConnection, type Received } from './connection.js'

/** An ack that a client saw: the record that the channels are held against at the end. */
export interface Ack {
  readonly userId: string
  readonly channelId: string
  readonly clientMsgId: string
  readonly seq: number
}

export interface FrameRun {
  readonly target: FuzzTarget
  readonly random: Random
  readonly frames: number
  readonly coverage: Coverage
  /** What errors came, by code. */
  readonly codes: Coverage
  readonly acks: Ack[]
  /** Sockets at the same time. @default 12 */
  readonly sockets?: number
  /** True: limits are on, and any connection may be ended for a flood. */
  readonly limited?: boolean
}

const BATCH = 40
/** How often a client leaves in the middle of everything. */
const HANGS_UP = 0.02
const TIMEOUT_MS = 60_000

/** Many clients at once, each saying so many frames. Throws at the first thing that may not be. */
export async function runFrames(run: FrameRun): Promise<void> {
  const { sockets = 12 } = run
  await Promise.all(
    Array.from({ length: sockets }, (_, i) => {
      const share = Math.ceil(run.frames / sockets)
      return new FrameClient(run, i).say(share)
    }),
  )
}

class FrameClient {
  private readonly random: Random
  private readonly frames: ClientFrames
  private readonly userId: string
  private connections = 0
  private batches = 0

  constructor(
    private readonly run: FrameRun,
    private readonly part: number,
  ) {
    this.random = run.random.child(part)
    this.userId = `frames-${part % 4}`
    const places = run.target.targets.filter(({ workspaceId }) => workspaceId === 'frames')
    this.frames = new ClientFrames(this.random, run.target, this.userId, places)
  }

  async say(count: number): Promise<void> {
    let left = count
    while (left > 0) {
      const connection = await this.greeted()
      left--
      while (left > 0 && connection !== undefined) {
        const batch = this.batch(Math.min(left, BATCH))
        left -= batch.length
        if (await this.try(connection, batch)) break
      }
      connection?.leave()
    }
  }

  /** A connection whose hello was taken; undefined where it was refused as it should be. */
  private async greeted(): Promise<FuzzConnection | undefined> {
    const { target, coverage } = this.run
    this.connections++
    const connection = await FuzzConnection.open(
      target.port,
      target.tokenOf(this.userId),
      (answer) => this.note(answer),
    )
    const hello = this.frames.hello(this.random.chance(0.7))
    coverage.count('hello')
    connection.socket.write(encodeFrame({ payload: Buffer.from(hello.text) }, this.random))
    const settled = await connection.settled(1, TIMEOUT_MS)
    this.check(connection, settled, hello.text)
    if (connection.lastError === undefined && !connection.ended) return connection
    this.check(connection, await connection.closed(TIMEOUT_MS), hello.text)
    connection.checkClose()
    this.check(connection, true, hello.text)
    connection.leave()
    return undefined
  }

  /** Frames up to the first that must end the connection, or after which the client leaves. */
  private batch(count: number): readonly Attempt[] {
    this.batches++
    const batch: Attempt[] = []
    while (batch.length < count) {
      const attempt = this.frames.next()
      batch.push(attempt)
      this.run.coverage.count(attempt.kind)
      if (attempt.ends === 'must' || attempt.leaves || attempt.kind === 'auth.refresh') break
    }
    return batch
  }

  /** Says a batch and waits for all of its answers. True: the connection has ended, as it may. */
  private async try(connection: FuzzConnection, batch: readonly Attempt[]): Promise<boolean> {
    const last = batch.at(-1)
    if (batch.length > 1 && (last?.ends === 'must' || last?.leaves) && this.random.chance(0.8)) {
      // what ends the connection would cut off the answers to what came before
      const ended = await this.try(connection, batch.slice(0, -1))
      return ended || this.try(connection, batch.slice(-1))
    }
    connection.answers = 0
    await this.write(connection, Buffer.concat(batch.map(({ bytes }) => bytes)))
    if (last?.leaves || this.random.chance(HANGS_UP)) {
      await new Promise((resolve) => setImmediate(resolve))
      return true
    }
    const what = () =>
      batch
        .map(
          (one) =>
            `${one.kind} ${one.ends} ${one.answers} ${one.text ?? one.bytes.toString('hex').slice(0, 4_000)}`,
        )
        .join('\n')
    if (last?.ends === 'must') {
      this.check(connection, await connection.closed(TIMEOUT_MS), what())
      connection.checkClose()
      this.check(connection, true, what())
      return true
    }
    const expected = batch.reduce((sum, { answers }) => sum + answers, 0)
    this.check(connection, await connection.settled(expected, TIMEOUT_MS), what())
    const isOpen = connection.closeCode === undefined && !connection.ended
    if (isOpen && connection.answers > expected) {
      throw this.failure(`${connection.answers} answers to ${expected} envelopes`, what())
    }
    if (isOpen) return false
    if (!this.isFlood(connection) && !batch.some(({ ends }) => ends === 'maybe')) {
      throw this.failure(
        `closed with ${connection.closeCode} for nothing: ${JSON.stringify(connection.lastError)}`,
        what(),
      )
    }
    connection.checkClose()
    this.check(connection, true, what())
    return true
  }

  private isFlood({ lastError, closeCode }: FuzzConnection): boolean {
    return this.run.limited === true && lastError?.code === 'rate_limited' && closeCode === 4008
  }

  /** In one piece, or cut anywhere, as networks do. */
  private async write({ socket }: FuzzConnection, bytes: Buffer): Promise<void> {
    if (this.random.chance(0.8)) {
      socket.write(bytes)
      return
    }
    for (let at = 0; at < bytes.length; ) {
      const end = at + this.random.between(1, 2_000)
      socket.write(bytes.subarray(at, end))
      at = end
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  private note(answer: Received): void {
    const { acks, codes } = this.run
    codes.count(answer.type === 'error' ? String(answer.code) : answer.type)
    if (answer.type !== 'message.ack' || answer.noop === true) return
    acks.push({
      userId: this.userId,
      channelId: String(answer.channel_id),
      clientMsgId: String(answer.client_msg_id),
      seq: Number(answer.channel_seq),
    })
  }

  private check(connection: FuzzConnection, settled: boolean, what: string): void {
    this.run.target.assertAlive()
    if (connection.fault !== undefined) throw this.failure(connection.fault, what)
    if (!settled) {
      throw this.failure(`no answer came in ${TIMEOUT_MS} ms (${connection.answers} did)`, what)
    }
  }

  private failure(fault: string, what: string): Error {
    return new Error(
      `client ${this.part}, connection ${this.connections}, batch ${this.batches}: ${fault}\n${what.slice(0, 20_000)}`,
    )
  }
}
