/** What the two bare processes are told and say, over the channel to who started them. */
export type Order =
  | { readonly order: 'paced'; readonly perS: number; readonly seconds: number }
  /** Keeps so many under way until it is told to stop. */
  | { readonly order: 'saturate'; readonly inFlight: number }
  /** So many more are stored. */
  | { readonly order: 'stored'; readonly count: number }
  | { readonly order: 'stop' }

export type Report =
  | { readonly report: 'ready' }
  /** Everything that was ordered is produced. */
  | { readonly report: 'sent'; readonly count: number }
  /** For each message that is stored, milliseconds since it was made. */
  | { readonly report: 'stored'; readonly agesMs: readonly number[] }
  | { readonly report: 'failed'; readonly message: string }

/** Where the bare parts work; an argument of both processes. */
export interface Place {
  readonly brokers: readonly string[]
  readonly topic: string
  readonly partitions: number
  readonly channels: number
  readonly contactPoints: readonly string[]
  readonly localDataCenter: string
  readonly keyspace: string
}

/** Of the same size as what Tidings puts into its log. */
export interface BareRecord {
  readonly channelId: string
  readonly seq: number
  readonly madeUs: number
  readonly text: string
  readonly userId: string
  readonly clientMsgId: string
  readonly origin: string
}
