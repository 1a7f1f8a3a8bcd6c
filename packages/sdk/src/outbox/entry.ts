import type { OutboxRow } from '../storage/port.js'

/** One command in the outbox of this client: what is stored of it, and what only memory knows. */
export interface Entry {
  readonly row: OutboxRow
  /** Size of the encoded command. */
  readonly bytes: number
  /** The form of the row that is on disk. What is not there yet does not go on the wire. */
  readonly stored: OutboxRow | undefined
  /** It was another's: whoever made it may wake up and ask how it ended. */
  readonly adopted: boolean
  /**
   * Monotonic time of the write that has no answer yet; undefined when none is on the wire. A new
   * connection sets it to OWED: to be written again at once.
   */
  readonly wireAt: number | undefined
  /** It was written, or may have been: its `first_try_ts` stands. */
  readonly written: boolean
  /** A try went without a definite answer: the command may have taken effect. */
  readonly doubt: boolean
  /** Monotonic time before which it is not tried again. */
  readonly notBefore: number
  /** Tries that were put off, for the back-off. */
  readonly delays: number
  /** Retryable errors other than `rate_limited` and `unavailable`. */
  readonly errors: number
  /** Connections that a frame too large or malformed ended right behind it. */
  readonly blamed: number
  /** It was on the wire when such a connection ended; suspects go one at a time. */
  readonly suspect: boolean
}

export const OWED = Number.NEGATIVE_INFINITY

export function newEntry(row: OutboxRow, bytes: number, adopted: boolean): Entry {
  const tried = row.firstTryTs !== undefined
  return {
    row,
    bytes,
    stored: adopted ? row : undefined,
    adopted,
    wireAt: undefined,
    written: tried,
    doubt: tried,
    notBefore: OWED,
    delays: 0,
    errors: 0,
    blamed: 0,
    suspect: false,
  }
}

/** What can be said of a command that its caller gives up now. */
export const outcomeOf = (entry: Entry): 'unknown' | 'not_sent' =>
  entry.doubt || entry.wireAt !== undefined || mayBeTaken(entry) ? 'unknown' : 'not_sent'

/** It lies on disk under a name that this client has no more: whoever finds it there sends it. */
const mayBeTaken = ({ row, stored }: Entry): boolean =>
  stored !== undefined && stored.owner !== row.owner

/** In order of sending. */
export const byCreation = (a: OutboxRow, b: OutboxRow): number =>
  a.createdAt - b.createdAt || a.n - b.n || (a.id < b.id ? -1 : 1)
