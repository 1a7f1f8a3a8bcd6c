import type { ServerEnvironment } from '../ports/environment.js'
import type { MessageFeed } from '../ports/message-feed.js'
import type { MessageStore } from '../ports/message-store.js'
import type { StoredMarks } from '../ports/stored-marks.js'
import type { StepLog } from '../trace/steps.js'
import type { SequencerAlarm, UnknownCommand } from './alarm.js'
import type { Announcer } from './announce.js'
import type { BatchCounts } from './batch.js'

export interface SequencerOptions {
  readonly store: MessageStore
  /** Left out: log and store live and die together, and neither can go back without the other. */
  readonly marks?: StoredMarks | undefined
  /** Gets every message once it is stored, and before it is committed: that needs a commit lag. */
  readonly feed?: MessageFeed | undefined
  readonly environment: ServerEnvironment
  readonly announcer: Announcer
  /**
   * R8: how long after its write an offset is committed, in milliseconds. 0 suits a log and a store that live
   * and die together with this process; 2,000 a cluster. @default 0
   */
  readonly commitLagMs?: number
  /** Most records that are folded and written together. @default 500 */
  readonly maxBatchRecords?: number
  /** Most records written and not committed: then the next batch waits (I7). @default 100,000 */
  readonly maxUncommittedRecords?: number
  /** The same in characters of their events, and 512 for each command; each takes two bytes of memory or more. @default 16 Mi */
  readonly maxUncommittedChars?: number
  /** R3: the partition is stopped and held; nothing is skipped. Each minute it is tried again, and told of again. */
  readonly onAlarm: (partition: number, alarm: SequencerAlarm) => void
  /** A partition that was stopped goes on, or was given away. */
  readonly onReleased?: (partition: number) => void
  /** R11: this process must leave the log and exit. */
  readonly onUnknown: (partition: number, error: UnknownCommand) => void
  /** Trouble that is waited out or ends an assignment; for logs and metrics. */
  readonly onTrouble?: (partition: number, error: unknown) => void
  /** Told of each command that is durable. */
  readonly steps?: StepLog | undefined
  readonly onBatch?: (partition: number, counts: BatchCounts) => void
}
