import type { Command, LogRecord } from '../stream/command.js'
import type { Position } from '../stream/position.js'

/**
 * The durable, partitioned log of accepted commands. Per partition it is one total order.
 *
 * An adapter
 * - MUST resolve an append `appended` only when the command is as durable as the adapter promises;
 * - MUST answer `unknown` when a command may or may not be in the log, and `refused` only when it is not;
 * - MAY deliver a command more than once (its repeat is then another record, with a later offset);
 * - MUST keep the order of one `append` call and of calls that were awaited one after the other, per channel;
 * - MUST put all commands of a channel into one partition, by a fixed partitioner (R11);
 * - MUST start an assignment at the committed offset, and hand out offsets without a jump (R1);
 * - MUST end an assignment (abort its signal) on any loss of ownership, and MUST NOT start the next one of
 *   that partition before the reader's `run` has settled (R1);
 * - MUST NOT commit for an assignment that has ended: such a commit rejects.
 */
export interface CommandLog {
  readonly generation: number
  readonly partitions: number
  append(commands: readonly Command[]): Promise<readonly AppendOutcome[]>
  /** Begins to hand out partitions; resolves when the reader takes part. */
  read(reader: LogReader): Promise<LogSubscription>
  /** Records appended and not committed yet, by partition: the lag. */
  lag(): Promise<readonly number[]>
  /**
   * What readers have told the log to be stored: of each partition the position below which everything is committed,
   * and of the last generation that was sealed where each partition ended (R8, R10).
   */
  committed(): Promise<readonly Position[]>
  /** Ends the adapter; appends in flight settle first. */
  close(): Promise<void>
}

export type AppendOutcome =
  | { readonly status: 'appended' }
  /** Nobody knows whether it is in the log: the caller asks again with the same id. */
  | { readonly status: 'unknown'; readonly reason: string }
  /** It is not in the log and will not be. */
  | { readonly status: 'refused'; readonly reason: string; readonly retryAfterMs?: number }

export interface LogReader {
  /** Reads one assignment until its signal aborts; a rejection ends the assignment too, and it is assigned anew. */
  run(assignment: Assignment): Promise<void>
}

/** One ownership of one partition. Nothing learnt in one may be used in the next (R1). */
export interface Assignment {
  readonly generation: number
  readonly partition: number
  /** The first offset that is handed out: the committed one, `f` in R2. */
  readonly committed: number
  /** Aborted when the ownership ends, for whatever reason. */
  readonly signal: AbortSignal
  /** The next records in order, at least one and at most `max`; an empty array only when the assignment has ended. */
  next(max: number): Promise<readonly LogRecord[]>
  /** Everything below `offset` need not be handed out again. Rejects when the assignment has ended. */
  commit(offset: number): Promise<void>
}

export interface LogSubscription {
  /** Ends all assignments, waits for their `run` to settle, and leaves. */
  close(): Promise<void>
}
