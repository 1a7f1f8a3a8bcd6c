import type {
  AppendOutcome,
  Assignment,
  CommandLog,
  LogReader,
  LogSubscription,
} from '../../ports/command-log.js'
import type { Command } from '../../stream/command.js'
import { createMemoryLog, type MemoryCommandLogOptions } from './command-log.js'
import { LogAssignment } from './log-assignment.js'

/** What may become of the next append. */
export type AppendFault =
  /** It is in the log, but its answer is lost. */
  | 'appended_unanswered'
  /** It is not in the log, and its answer is lost. */
  | 'lost_unanswered'
  | 'refused'
  /** It is in the log twice. */
  | 'appended_twice'

export interface ControlledCommandLog {
  readonly log: CommandLog
  /** Applies to the next append, once. */
  failNextAppend(fault: AppendFault): void
  /** Ends the assignment of a partition; its owner gets the next one, from the committed offset. */
  loseOwnership(partition: number): void
  /**
   * A second owner starts from the committed offset while the first goes on and does not know: what happens
   * between two processes around a rebalance. Ends when the subscription is closed.
   */
  overlap(partition: number, reader: LogReader): LogSubscription
}

/** How many committed records an owner that lags behind can still read. */
const KEEP_COMMITTED = 10_000

/** The log in memory with trouble on demand, for simulations and contract tests. */
export function createControlledCommandLog(options: MemoryCommandLogOptions): ControlledCommandLog {
  const { log, partitions, readers } = createMemoryLog(options, KEEP_COMMITTED)
  const faults: AppendFault[] = []

  async function append(commands: readonly Command[]): Promise<readonly AppendOutcome[]> {
    const fault = faults.shift()
    if (fault === undefined) return log.append(commands)
    if (fault === 'refused') return commands.map(() => ({ status: 'refused', reason: 'Told to.' }))
    if (fault !== 'lost_unanswered') await log.append(commands)
    if (fault === 'appended_twice') return log.append(commands)
    return commands.map(() => ({ status: 'unknown', reason: 'The answer was lost.' }))
  }

  return {
    log: { ...log, append },
    failNextAppend(fault) {
      faults.push(fault)
    },
    loseOwnership: (partition) => readers.endAssignment(partition),
    overlap(partition, reader) {
      const records = partitions[partition]
      if (records === undefined) throw new Error(`There is no partition ${partition}.`)
      const assignment = new LogAssignment(records, options.environment)
      const running = runToEnd(reader, assignment)
      return {
        async close() {
          assignment.end()
          await running
        },
      }
    },
  }
}

async function runToEnd(reader: LogReader, assignment: Assignment): Promise<void> {
  try {
    await reader.run(assignment)
  } catch {
    // an owner that gives up is part of the trouble
  }
}
