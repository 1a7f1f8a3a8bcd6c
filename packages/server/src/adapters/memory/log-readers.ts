import type { LogReader, LogSubscription } from '../../ports/command-log.js'
import type { ServerEnvironment } from '../../ports/environment.js'
import { LogAssignment } from './log-assignment.js'
import type { LogPartition } from './log-partition.js'

interface Ownership {
  reader: LogReader | undefined
  assignment: LogAssignment | undefined
  serving: Promise<void> | undefined
}

/**
 * Shares the partitions out among the readers, in turn. A partition goes to the next owner only when the `run`
 * of the one before has settled (R1).
 */
export class LogReaders {
  readonly #readers: LogReader[] = []
  readonly #owned: readonly Ownership[]

  constructor(
    private readonly partitions: readonly LogPartition[],
    private readonly environment: ServerEnvironment,
  ) {
    this.#owned = partitions.map(() => ({
      reader: undefined,
      assignment: undefined,
      serving: undefined,
    }))
  }

  get count(): number {
    return this.#readers.length
  }

  join(reader: LogReader): LogSubscription {
    this.#readers.push(reader)
    this.#share()
    return {
      close: async () => {
        const index = this.#readers.indexOf(reader)
        if (index < 0) return
        this.#readers.splice(index, 1)
        const mine = this.#owned.filter((owned) => owned.reader === reader)
        const settled = mine.map((owned) => owned.serving)
        this.#share()
        await Promise.all(settled)
      },
    }
  }

  /** Ends the assignment of a partition; its owner gets the next one. */
  endAssignment(partition: number): void {
    this.#owned[partition]?.assignment?.end()
  }

  async leaveAll(): Promise<void> {
    this.#readers.length = 0
    const settled = this.#owned.map((owned) => owned.serving)
    this.#share()
    await Promise.all(settled)
  }

  #share(): void {
    this.#owned.forEach((owned, partition) => {
      const reader = this.#readers[partition % Math.max(1, this.#readers.length)]
      if (owned.reader === reader) return
      const before = owned.serving
      owned.assignment?.end()
      owned.reader = reader
      owned.serving = this.#serve(partition, owned, reader, before)
    })
  }

  async #serve(
    partition: number,
    owned: Ownership,
    reader: LogReader | undefined,
    before: Promise<void> | undefined,
  ): Promise<void> {
    await before
    const log = this.partitions[partition]
    if (log === undefined || reader === undefined) return
    while (owned.reader === reader) {
      const assignment = new LogAssignment(log, this.environment)
      owned.assignment = assignment
      try {
        await reader.run(assignment)
      } catch {
        // the reader has told of its trouble itself; here it only ends the assignment
      }
      assignment.end()
      // a reader that fails at once must not keep the event loop from turning
      await new Promise<void>((resolve) => this.environment.nextTurn(resolve))
    }
  }
}
