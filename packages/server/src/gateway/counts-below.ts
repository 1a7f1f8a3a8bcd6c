import { withDeadline } from '../environment/deadline.js'
import type { Channel } from './channel.js'
import type { Core } from './core.js'
import { oldestFor } from './entries.js'
import type { Listed } from './listing.js'

/** How long an entry waits for a count; then it is told without, and more counts as unread than is. */
const LOAD_TIMEOUT_MS = 1_000
/** Beginnings of histories that are kept for one channel; at the bound all are read anew (I7). */
const KEPT_MAX = 1_000

/** P-93: reads how many messages lie below where these histories begin, if it is not known. Never rejects. */
export async function loadCountsBelow(core: Core, listed: readonly Listed[]): Promise<void> {
  const missing = listed.filter(({ channel, membership }) => {
    const oldest = oldestFor(channel, membership)
    return oldest > 1 && channel.countsBelow?.get(oldest) === undefined
  })
  if (missing.length === 0) return
  const reading = missing.map(({ channel, membership }) =>
    load(core, channel, oldestFor(channel, membership)),
  )
  try {
    await withDeadline(core.environment, Promise.all(reading), LOAD_TIMEOUT_MS)
  } catch (error) {
    core.failed(error, 'counting what lies below a history')
  }
}

/** The count at the number before the first that they may read, told by that one where it is not kept any more. */
async function countBelow(core: Core, channel: Channel, oldestSeq: number): Promise<number> {
  const { channelId, lastSeq } = channel
  if (lastSeq === oldestSeq - 1) return channel.messageCount
  const known = channel.tail.messageCountAt(oldestSeq - 1)
  if (known !== undefined) return known
  const query = { channelId, afterSeq: oldestSeq - 1, direction: 'forward', limit: 1 } as const
  const [first] = (await core.store.page(query)).events
  if (first === undefined) return channel.messageCount
  return first.message_count - (first.type === 'message.new' ? 1 : 0)
}

async function load(core: Core, channel: Channel, oldestSeq: number): Promise<void> {
  // the membership may have come before the events that lie below it
  if (channel.lastSeq < oldestSeq - 1) await core.repair.refresh(channel)
  const { epoch } = channel
  const count = await countBelow(core, channel, oldestSeq)
  // what was counted in another numbering says nothing in this one
  if (channel.epoch !== epoch) return
  if (channel.countsBelow === undefined || channel.countsBelow.size >= KEPT_MAX) {
    channel.countsBelow = new Map()
  }
  channel.countsBelow.set(oldestSeq, count)
}
