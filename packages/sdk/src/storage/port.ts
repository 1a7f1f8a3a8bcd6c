/** One command that waits for its end, exactly as it will be sent on every try. */
export interface OutboxRow {
  /** `client_msg_id`; the key. */
  readonly id: string
  /** The client instance that drains this row (its lock's name tells whether it lives). */
  readonly owner: string
  readonly channelId: string
  /** Order of creation inside this storage: a per-owner counter and the wall clock, compared in this order: createdAt, n. */
  readonly createdAt: number
  readonly n: number
  /** Server time of the first try; undefined until a server time is known. */
  readonly firstTryTs: number | undefined
  /** The frame without `first_try_ts`: `{ type, channel_id, client_msg_id, … }`. */
  readonly frame: Readonly<Record<string, unknown>>
  readonly state: 'pending' | 'parked' | 'settled'
  /** Why it is parked, or how it was settled; plain data. */
  readonly result: unknown
  /** Wall clock of the settlement: settled rows stay 24 h. */
  readonly settledAt: number | undefined
  /** Version of the row's form; rows of an unknown version are left alone. */
  readonly v: 1
}

/**
 * Where the outbox keeps its rows, keyed by (url, user id). `put` and `remove` MUST be durable, as
 * far as the storage can be, when they resolve; MUST NOT reorder two writes of one row; and MUST
 * leave rows that they do not understand alone. Failures reject: the outbox then goes on in memory
 * and says so.
 */
export interface OutboxStorage {
  readonly durability: 'disk' | 'memory'
  /** Every row, in no promised order. */
  load(): Promise<readonly OutboxRow[]>
  put(rows: readonly OutboxRow[]): Promise<void>
  /** Sets `owner` of the rows of `from` to `to` in one transaction; returns the rows now owned. */
  adopt(from: string, to: string): Promise<readonly OutboxRow[]>
  remove(ids: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** Opens the storage of one (url, user id); the outbox waits at most 2 s for it. */
export type OpenOutboxStorage = (key: { url: string; userId: string }) => Promise<OutboxStorage>
