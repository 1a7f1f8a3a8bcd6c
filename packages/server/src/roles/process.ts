import type { CommandLog } from '../ports/command-log.js'
import type { Sequencing } from './sequencing.js'
import type { Serving } from './serving.js'

export interface ProcessRoles {
  readonly log: Pick<CommandLog, 'close'>
  /** Left out: this process plays neither `gateway` nor `api`. */
  readonly serving?: Serving | undefined
  /** Left out: this process does not play `sequencer`. */
  readonly sequencing?: Sequencing | undefined
}

/** The roles of one process of several, as they begin and end together. */
export interface ProcessLife {
  /** Resolves when it serves and folds. */
  start(): Promise<void>
  /** Sends clients away, paced. Whoever comes meanwhile is refused; all else goes on. */
  drain(timeoutMs: number): Promise<void>
  /**
   * Lets requests have their answers; hands partitions over; settles appends in flight. Nothing that was accepted is
   * dropped: whatever is not folded here, another process folds. Idempotent.
   */
  close(): Promise<void>
}

export function createProcessLife({ log, serving, sequencing }: ProcessRoles): ProcessLife {
  let closing: Promise<void> | undefined

  async function end(): Promise<void> {
    await serving?.answered()
    await serving?.resign()
    // the partitions last: until here this process may be the only one that folds what it has accepted
    await sequencing?.close()
    await log.close()
    await serving?.close()
  }

  return {
    async start() {
      await serving?.start()
      await sequencing?.start()
    },
    async drain(timeoutMs) {
      await serving?.drain(timeoutMs)
    },
    close() {
      closing ??= end()
      return closing
    },
  }
}
