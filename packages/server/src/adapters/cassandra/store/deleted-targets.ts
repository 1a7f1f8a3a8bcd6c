import type { ChannelEvent } from '@tidings/protocol'
import type { Head } from '../../../ports/message-store.js'
import { bucketOf, type Effect, epochHolding } from '../../../stream/event.js'
import { counts } from '../../../stream/serve.js'
import type { Statements } from '../statements.js'
import { readEffects } from './read-stretch.js'
import type { Read } from './strongest.js'

/**
 * The numbers of those edits whose message is deleted: they are served without their text (R9). What was done to the
 * messages of the page itself is known already.
 */
export async function deletedTargets(
  read: Read,
  statements: Statements,
  head: Head,
  events: readonly ChannelEvent[],
  known: ReadonlyMap<number, readonly Effect[]>,
): Promise<ReadonlySet<number>> {
  const edits = events.filter((event) => event.type === 'message.edited')
  const targets = new Map<number, Promise<boolean>>()
  for (const { target_seq: seq } of edits) {
    if (targets.has(seq)) continue
    const effects = known.get(seq)
    const asked = effects === undefined ? readOne(read, statements, head, seq) : effects
    targets.set(seq, isDeleted(asked, head))
  }
  const deleted = await Promise.all(edits.map(({ target_seq: seq }) => targets.get(seq)))
  return new Set(edits.filter((_, i) => deleted[i]).map((edit) => edit.channel_seq))
}

async function readOne(
  read: Read,
  statements: Statements,
  { channelId, epochs }: Head,
  seq: number,
): Promise<readonly Effect[]> {
  const stretch = {
    epoch: epochHolding(epochs, seq),
    bucket: bucketOf(seq),
    fromSeq: seq,
    toSeq: seq,
  }
  return (await readEffects(read, statements, channelId, stretch)).get(seq) ?? []
}

async function isDeleted(
  effects: readonly Effect[] | Promise<readonly Effect[]>,
  { epochs }: Head,
): Promise<boolean> {
  return (await effects).some(
    (effect) => effect.kind === 'delete' && counts(epochs, effect.byEpoch, effect.bySeq),
  )
}
