import type { LogRecord } from '../../stream/command.js'
import { partitionOf } from '../../stream/partition.js'
import type { Assignment, LogReader } from '../command-log.js'

export interface RecordedRun {
  readonly assignment: Assignment
  readonly batches: (readonly LogRecord[])[]
  /** True once something was committed. */
  committed: boolean
  ended: boolean
}

export interface RecordingOptions {
  readonly max?: number
  /** How many of the run's records are committed after each batch. @default all */
  readonly commit?: (records: number) => number
  /** May reject, as a reader that gives up. */
  readonly onBatch?: (records: readonly LogRecord[]) => void
  /** Holds up the end of a run whose assignment has ended. */
  readonly beforeEnd?: () => Promise<void>
}

/** Reads a log as a sequencer does, and keeps what it was given. */
export class RecordingReader implements LogReader {
  readonly runs: RecordedRun[] = []
  /** Assignments that began while another of the same partition was not over. */
  overlaps = 0

  constructor(private readonly options: RecordingOptions = {}) {}

  get records(): readonly LogRecord[] {
    return this.runs.flatMap((run) => run.batches.flat())
  }

  /** The last run of a channel's partition. */
  runOf(channelId: string, partitions: number): RecordedRun {
    const partition = partitionOf(channelId, partitions)
    const run = this.runs.findLast(({ assignment }) => assignment.partition === partition)
    if (run === undefined) throw new Error(`partition ${partition} was never assigned`)
    return run
  }

  async run(assignment: Assignment): Promise<void> {
    const { max = 500, commit = (records) => records, onBatch, beforeEnd } = this.options
    const { partition } = assignment
    if (this.runs.some((run) => run.assignment.partition === partition && !run.ended)) {
      this.overlaps += 1
    }
    const run: RecordedRun = { assignment, batches: [], committed: false, ended: false }
    this.runs.push(run)
    try {
      for (;;) {
        const records = await assignment.next(max)
        if (records.length === 0) break
        run.batches.push(records)
        onBatch?.(records)
        const done = Math.min(commit(run.batches.flat().length), run.batches.flat().length)
        if (done > 0) {
          await assignment.commit(assignment.committed + done)
          run.committed = true
        }
      }
      await beforeEnd?.()
    } finally {
      run.ended = true
    }
  }
}
