import type { Logger } from '../observe/log.js'
import { labelsOfError } from '../observe/steps.js'
import type { SequencerAlarm } from '../sequencer/index.js'

/**
 * R3: the partitions that this process holds because log and store contradict each other. The others go on: were the
 * process ended, the next owner of the partition would be too, until nobody numbers anything.
 */
export class StoppedPartitions {
  readonly #alarms = new Map<number, SequencerAlarm>()

  constructor(
    private readonly log: Pick<Logger, 'error' | 'info'>,
    private readonly count: { set(value: number): void },
  ) {}

  /** Called again each time that the partition was tried in vain. */
  stopped(partition: number, alarm: SequencerAlarm): void {
    this.#alarms.set(partition, alarm)
    this.count.set(this.#alarms.size)
    this.log.error(
      { ...labelsOfError(alarm), err: alarm, partition },
      'a partition is stopped: nothing in it is skipped, and nothing goes on',
    )
  }

  /** It goes on, or another process has it now. */
  released(partition: number): void {
    if (!this.#alarms.delete(partition)) return
    this.count.set(this.#alarms.size)
    this.log.info({ partition }, 'a partition that was stopped goes on, or is held elsewhere')
  }

  /** For `/readyz`: rejects while one is stopped. */
  async check(): Promise<void> {
    const [first] = this.#alarms
    if (first === undefined) return
    const [partition, alarm] = first
    const others = this.#alarms.size - 1
    throw new Error(
      `partition ${partition}${others > 0 ? ` and ${others} more are` : ' is'} stopped: ${alarm.message}`,
    )
  }
}
