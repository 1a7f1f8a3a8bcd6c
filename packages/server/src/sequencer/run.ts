import { aborted } from '../environment/aborted.js'
import { pause } from '../environment/pause.js'
import type { Assignment, LogReader } from '../ports/command-log.js'
import { SequencerAlarm, UnknownCommand } from './alarm.js'
import { readAssignment } from './assignment.js'
import { backOffMs } from './back-off.js'
import type { SequencerOptions } from './options.js'

/**
 * The reader of the command log: folds what each assignment hands out, writes it, announces it, and commits last
 * (R7). It keeps nothing from one assignment to the next (R1) but the memory of an alarm.
 */
export function createSequencer(options: SequencerOptions): LogReader {
  /** Where an alarm was raised once: up to there the store is read a second time at its strongest (R3). */
  const suspicious = new Map<number, number>()
  const failures = new Map<number, number>()

  async function run(assignment: Assignment): Promise<void> {
    const { partition, signal } = assignment
    const suspect = suspicious.get(partition)
    try {
      await readAssignment(assignment, {
        ...options,
        confirm: (offset) => suspect !== undefined && offset <= suspect,
        onWritten: (offset) => {
          failures.delete(partition)
          if (suspect !== undefined && offset > suspect) suspicious.delete(partition)
        },
      })
    } catch (error) {
      if (error instanceof UnknownCommand) {
        options.onUnknown(partition, error)
        return aborted(signal)
      }
      if (error instanceof SequencerAlarm) {
        const { offset } = error.position
        if (suspect !== undefined && offset <= suspect) {
          options.onAlarm(partition, error)
          return aborted(signal)
        }
        suspicious.set(partition, offset)
      }
      if (signal.aborted) throw error
      options.onTrouble?.(partition, error)
      const count = (failures.get(partition) ?? 0) + 1
      failures.set(partition, count)
      await pause(options.environment, backOffMs(count, options.environment.random()), signal)
      throw error
    }
  }
  return { run }
}
