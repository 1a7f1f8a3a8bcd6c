import type { Metrics } from '../observe/metrics.js'
import { timed } from '../observe/timed.js'
import type { CommandLog, LogReader } from '../ports/command-log.js'
import type { ServerEnvironment } from '../ports/environment.js'

/** Measures appends and tells what is held. The generation and the partitions may change while it is used. */
export function timedLog(
  commandLog: CommandLog,
  metrics: Metrics,
  { monotonicNow }: ServerEnvironment,
): CommandLog {
  return {
    get generation() {
      return commandLog.generation
    },
    get partitions() {
      return commandLog.partitions
    },
    append: timed((commands) => commandLog.append(commands), metrics.appendSeconds, monotonicNow),
    read: (reader) => commandLog.read(countingHeld(reader, metrics)),
    lag: () => commandLog.lag(),
    committed: () => commandLog.committed(),
    close: () => commandLog.close(),
  }
}

/** Tells which partitions are held, from the beginning of an assignment until it has settled. */
function countingHeld(reader: LogReader, { partitionHeld }: Metrics): LogReader {
  return {
    async run(assignment) {
      const labels = { partition: String(assignment.partition) }
      partitionHeld.set(labels, 1)
      try {
        await reader.run(assignment)
      } finally {
        partitionHeld.remove(labels)
      }
    },
  }
}
