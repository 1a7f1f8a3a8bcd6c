import type { Head } from '../../../ports/message-store.js'
import type { Statements } from '../statements.js'
import { headIn } from './rows.js'
import type { Read } from './strongest.js'

/** Partitions that are asked for in one request. */
const HEADS_PER_READ = 20

/** In the order asked; undefined for a channel without events. */
export async function readHeads(
  read: Read,
  { heads }: Statements,
  channelIds: readonly string[],
): Promise<readonly (Head | undefined)[]> {
  const asked = [...new Set(channelIds)]
  const reads: Promise<void>[] = []
  const found = new Map<string, Head>()
  const readSome = async (some: readonly string[]) => {
    for (const head of (await read(heads, [some])).map(headIn)) found.set(head.channelId, head)
  }
  for (let i = 0; i < asked.length; i += HEADS_PER_READ) {
    reads.push(readSome(asked.slice(i, i + HEADS_PER_READ)))
  }
  await Promise.all(reads)
  return channelIds.map((channelId) => found.get(channelId))
}
