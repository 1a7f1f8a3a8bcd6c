import type { Head } from '../../../ports/message-store.js'
import { bucketOf, epochHolding } from '../../../stream/event.js'
import { searchSeqAtTime } from '../../../stream/seq-at-time.js'
import type { Statements } from '../statements.js'
import { readEvents } from './read-stretch.js'
import type { Read } from './strongest.js'

/** By reading single numbers: `searchSeqAtTime` says which. */
export const findSeqAtTime = (
  read: Read,
  statements: Statements,
  head: Head,
  timestampMs: number,
): Promise<number> =>
  searchSeqAtTime(head, timestampMs, (seqs) =>
    Promise.all(seqs.map((seq) => acceptedAt(read, statements, head, seq))),
  )

async function acceptedAt(
  read: Read,
  statements: Statements,
  { channelId, epochs }: Head,
  seq: number,
): Promise<number> {
  const stretch = {
    epoch: epochHolding(epochs, seq),
    bucket: bucketOf(seq),
    fromSeq: seq,
    toSeq: seq,
  }
  const [event] = await readEvents(read, statements, channelId, stretch)
  return event === undefined || event.type === 'event.hidden' ? 0 : event.ts
}
