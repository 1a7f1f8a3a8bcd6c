/**
 * What an installation knows of its logs, kept where its data is and not in the log itself: so a log that was
 * deleted, made anew or restored is noticed (R10, R11).
 *
 * An adapter
 * - MUST make a change durable before `put` resolves, and show it to every process that reads afterwards;
 * - MUST apply `put` only when the record is still as the caller saw it, and answer false otherwise;
 * - MUST answer `read` in the order of the generations.
 */
export interface LogRegistry {
  read(): Promise<readonly LogGeneration[]>
  /** Adds a record (`seen` undefined) or replaces the one that was seen. */
  put(seen: LogGeneration | undefined, next: LogGeneration): Promise<boolean>
}

/** One generation of the log, and the rules that are fixed for it (R11). */
export interface LogGeneration {
  readonly generation: number
  readonly topic: string
  /** Tells this topic from another one of the same name. */
  readonly marker: string
  readonly partitions: number
  readonly partitioner: string
  readonly rulesVersion: number
  /**
   * `prepared`: made, not used yet. `open`: appended to and read. `sealing`: appends are being stopped. `sealed`:
   * every partition ends with its seal. `stored`: everything below the seals is in the store; the next is read.
   */
  readonly status: LogStatus
  /** By partition, where the search for its seal begins; known from `sealing` on. */
  readonly sealFrom?: readonly number[]
  /** By partition, the offset of its seal; known from `sealed` on. */
  readonly seals?: readonly number[]
}

export type LogStatus = 'prepared' | 'open' | 'sealing' | 'sealed' | 'stored'
