import { aborted } from '../environment/aborted.js'
import { pause } from '../environment/pause.js'
import type { Assignment, LogReader } from '../ports/command-log.js'
import { SequencerAlarm, UnknownCommand } from './alarm.js'
import { readAssignment } from './assignment.js'
import { backOffMs } from './back-off.js'
import type { SequencerOptions } from './options.js'

/** A partition that is stopped is tried again so often: a replica that was away may have what was missed. */
const STOPPED_MS = 60_000

/**
 * The reader of the command log: folds what each assignment hands out, writes it, announces it, and commits last
 * (R7). It keeps nothing from one assignment to the next (R1) but the memory of an alarm.
 */
export function createSequencer(options: SequencerOptions): LogReader {
  /** Where an alarm was raised once: up to there the store is read a second time at its strongest (R3). */
  const suspicious = new Map<number, number>()
  const failures = new Map<number, number>()
  const stopped = new Set<number>()

  function release(partition: number): void {
    if (stopped.delete(partition)) options.onReleased?.(partition)
  }

  async function run(assignment: Assignment): Promise<void> {
    try {
      await fold(assignment)
    } finally {
      if (assignment.signal.aborted) release(assignment.partition)
    }
  }

  async function fold(assignment: Assignment): Promise<void> {
    const { partition, signal } = assignment
    const suspect = suspicious.get(partition)
    try {
      await readAssignment(assignment, {
        ...options,
        confirm: (offset) => suspect !== undefined && offset <= suspect,
        onWritten: (offset) => {
          failures.delete(partition)
          if (suspect === undefined || offset <= suspect) return
          suspicious.delete(partition)
          release(partition)
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
          stopped.add(partition)
          options.onAlarm(partition, error)
          await pause(options.environment, STOPPED_MS, signal)
          if (signal.aborted) return
          throw error
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
