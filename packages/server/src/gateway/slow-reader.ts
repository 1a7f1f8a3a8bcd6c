import { CLOSE } from '@tidings/protocol'
import type { Channel } from './channel.js'
import type { Connection } from './connection.js'
import type { Core } from './core.js'
import { writeHead } from './envelopes.js'

/**
 * Readers that do not keep up (I6, I7). Their events are left out, and when their backlog has shrunk to half
 * they are told how far each channel has gone, and pull. Acks, errors, resets, `channel.*` and pages are never
 * left out; who does not even take those, or stays slow for long, is closed.
 */
export class SlowReaders {
  private readonly slow = new Set<Connection>()
  private timer: unknown

  constructor(private readonly core: Core) {}

  /** Notes that events of a channel were not written to this connection. */
  leaveOut(connection: Connection, channel: Channel): void {
    if (connection.behind === undefined) {
      connection.behind = new Set()
      connection.slowSince = this.core.environment.monotonicNow()
      this.slow.add(connection)
      this.core.metrics.slowReader('behind')
      this.arm()
    }
    connection.behind.add(channel)
  }

  release(connection: Connection): void {
    if (!this.slow.delete(connection)) return
    connection.behind = undefined
    if (this.slow.size === 0) this.stop()
  }

  stop(): void {
    this.core.environment.clearTimer(this.timer)
    this.timer = undefined
  }

  private arm(): void {
    if (this.timer !== undefined) return
    this.timer = this.core.environment.setTimer(() => {
      this.timer = undefined
      for (const connection of this.slow) this.look(connection)
      if (this.slow.size > 0) this.arm()
    }, this.core.options.slowReaderCheckMs)
  }

  private look(connection: Connection): void {
    const { socketBufferMaxBytes, slowReaderTimeoutMs } = this.core.options
    if (!connection.isAbove(socketBufferMaxBytes / 2)) {
      this.catchUp(connection)
      return
    }
    const slowMs = this.core.environment.monotonicNow() - connection.slowSince
    if (slowMs >= slowReaderTimeoutMs) this.close(connection)
  }

  /** From here on events are written again; what was left out, the client pulls. */
  private catchUp(connection: Connection): void {
    const behind = connection.behind ?? []
    // what was collected by now is left out as well: the head that is told includes it
    for (const channel of behind) this.core.delivery.flushChannel(channel)
    this.release(connection)
    for (const channel of behind) {
      connection.tell(writeHead(channel, channel.restricted?.get(connection) ?? 1))
    }
  }

  /** Even what is never left out has a bound. */
  close(connection: Connection): void {
    if (connection.state === 'closed') return
    this.core.metrics.slowReader('closed')
    this.core.connections.close(connection, CLOSE.policy, 'too slow a reader')
  }
}
