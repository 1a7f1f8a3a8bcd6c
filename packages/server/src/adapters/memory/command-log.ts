import type { AppendOutcome, CommandLog } from '../../ports/command-log.js'
import type { ServerEnvironment } from '../../ports/environment.js'
import type { Command } from '../../stream/command.js'
import { partitionOf } from '../../stream/partition.js'
import { LogPartition } from './log-partition.js'
import { LogReaders } from './log-readers.js'

export interface MemoryCommandLogOptions {
  readonly environment: ServerEnvironment
  /** Must be higher than at any earlier start over the same store (R10). @default 1 */
  readonly generation?: number
  /** @default 1 */
  readonly partitions?: number
  /** Most records of a partition that are not committed; above it appends are refused (I7). @default 10,000 */
  readonly maxQueuedRecords?: number
  /** What a refused append is told to wait, in milliseconds. @default 1,000 */
  readonly retryAfterMs?: number
  /** How long `close` waits for the readers to commit what was appended, in milliseconds. @default 10,000 */
  readonly drainTimeoutMs?: number
}

const APPENDED: AppendOutcome = Object.freeze({ status: 'appended' })
const CLOSED: AppendOutcome = Object.freeze({ status: 'refused', reason: 'The log is closed.' })

/**
 * The command log of the embedded server: a queue in this process. It promises nothing about what is queued and
 * not stored when the process dies: that was never acknowledged, and its senders send it again (I1, I3).
 */
export function createMemoryCommandLog(options: MemoryCommandLogOptions): CommandLog {
  return createMemoryLog(options).log
}

/** The log and its inner parts, for the wrapper that makes trouble. */
export function createMemoryLog(options: MemoryCommandLogOptions, keepCommitted = 0) {
  const { environment, generation = 1, partitions: count = 1 } = options
  const { maxQueuedRecords = 10_000, retryAfterMs = 1_000, drainTimeoutMs = 10_000 } = options
  const partitions = Array.from(
    { length: count },
    (_, i) => new LogPartition(generation, i, keepCommitted),
  )
  const readers = new LogReaders(partitions, environment)
  const full: AppendOutcome = { status: 'refused', reason: 'The log is full.', retryAfterMs }
  let closed = false

  function appendOne(command: Command): AppendOutcome {
    const partition = partitions[partitionOf(command.channelId, count)]
    if (partition === undefined || closed) return CLOSED
    if (partition.end - partition.committed >= maxQueuedRecords) return full
    partition.append(command)
    return APPENDED
  }

  const lag = () => partitions.map((partition) => partition.end - partition.committed)

  /** Resolves when all is committed, when nobody reads, or when the time is over. */
  function drained(): Promise<void> {
    return new Promise((resolve) => {
      const timer = environment.setTimer(() => done(), drainTimeoutMs)
      const check = () => {
        if (readers.count === 0 || lag().every((records) => records === 0)) done()
      }
      const stops = partitions.map((partition) => partition.watch(check))
      const done = () => {
        environment.clearTimer(timer)
        for (const stop of stops) stop()
        resolve()
      }
      check()
    })
  }

  const log: CommandLog = {
    generation,
    partitions: count,
    append: async (commands) => commands.map(appendOne),
    read: async (reader) => readers.join(reader),
    lag: async () => lag(),
    committed: async () =>
      partitions.map(({ partition, committed }) => ({ generation, partition, offset: committed })),
    async close() {
      closed = true
      await drained()
      await readers.leaveAll()
    },
  }
  return { log, partitions, readers }
}
