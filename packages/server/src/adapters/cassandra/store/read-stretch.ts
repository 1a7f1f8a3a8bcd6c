import type { ChannelEvent } from '@tidings/protocol'
import { StoreDamaged, StoreUnavailable } from '../../../ports/message-store.js'
import type { Effect } from '../../../stream/event.js'
import type { BucketRange } from '../../../stream/pages.js'
import type { Statements } from '../statements.js'
import { bucketValues, effectIn, eventIn, parsed } from './rows.js'
import type { Read } from './strongest.js'

const valuesOf = (channelId: string, { epoch, bucket, fromSeq, toSeq }: BucketRange) => [
  ...bucketValues({ channelId, epoch, bucket }),
  BigInt(fromSeq),
  BigInt(toSeq),
]

/** Every event of a stretch, ascending. I6: a number that is not there is never passed over. */
export async function readEvents(
  read: Read,
  { events }: Statements,
  channelId: string,
  stretch: BucketRange,
): Promise<readonly ChannelEvent[]> {
  const rows = (await read(events, valuesOf(channelId, stretch))).map(eventIn).reverse()
  rows.forEach(({ channelSeq }, i) => {
    if (rows[i + 1]?.channelSeq === channelSeq) {
      throw new StoreDamaged(`two rows at number ${channelSeq} of ${channelId}`)
    }
    if (channelSeq !== stretch.fromSeq + i) throw missing(channelId, stretch.fromSeq + i)
  })
  const end = stretch.fromSeq + rows.length
  if (end <= stretch.toSeq) throw missing(channelId, end)
  return rows.map(parsed)
}

const missing = (channelId: string, seq: number): StoreUnavailable =>
  new StoreUnavailable(`Number ${seq} of ${channelId} cannot be read.`)

/** What was done to the messages of a stretch, by their number. */
export async function readEffects(
  read: Read,
  { effects }: Statements,
  channelId: string,
  stretch: BucketRange,
): Promise<ReadonlyMap<number, readonly Effect[]>> {
  const key = { channelId, epoch: stretch.epoch, bucket: stretch.bucket }
  const found = new Map<number, Effect[]>()
  for (const row of await read(effects, valuesOf(channelId, stretch))) {
    const effect = effectIn(key, row)
    const { channelSeq } = effect.target
    const same = found.get(channelSeq)
    if (same === undefined) found.set(channelSeq, [effect])
    else same.push(effect)
  }
  return found
}
