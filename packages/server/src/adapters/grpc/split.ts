import type { ChannelPush, Ephemeral, PushBatch } from '../../ports/push.js'

/** What a head, an answer or an entry takes besides its texts; more than it is. */
const OVERHEAD_BYTES = 256

/** What stands beside an event: lengths, its `traceparent`. */
const REQUEST_BYTES = 72
const bytesOfId = (requestId = ''): number => requestId.length * 3

/** A part of a batch, and at most how many bytes it takes on the wire. */
export interface SizedBatch {
  readonly batch: PushBatch
  readonly bytes: number
}

/**
 * A batch in parts that each fit into one message, in order; events of one channel are cut where they must be,
 * each part with the head that it reaches. One event alone is never cut: it is far below any allowed size.
 */
export function splitBatch(batch: PushBatch, maxBytes: number): readonly SizedBatch[] {
  const parts: SizedBatch[] = []
  let channels: ChannelPush[] = []
  let bytes = 0
  const end = (rest?: Omit<PushBatch, 'channels'>, restBytes = 0): void => {
    const part = { channels, answers: [], ...rest }
    parts.push({ batch: part, bytes: bytes + restBytes })
    channels = []
    bytes = 0
  }
  for (const channel of batch.channels) {
    for (const one of cut(channel, maxBytes)) {
      if (channels.length > 0 && bytes + one.bytes > maxBytes) end()
      channels.push(one.channel)
      bytes += one.bytes
    }
  }
  const { channels: _, ...rest } = batch
  const restBytes = bytesOfRest(rest)
  if (channels.length > 0 && bytes + restBytes > maxBytes) end()
  if (channels.length > 0 || restBytes > 0 || parts.length === 0) end(rest, restBytes)
  return parts
}

/** At most how many bytes all of it takes on the wire. */
export const bytesOfBatch = (batch: PushBatch): number =>
  splitBatch(batch, Number.POSITIVE_INFINITY).reduce((sum, { bytes }) => sum + bytes, 0)

function bytesOfRest({ answers, outbox, ephemeral }: Omit<PushBatch, 'channels'>): number {
  let bytes = answers.length * 2 * OVERHEAD_BYTES
  for (const entry of outbox?.entries ?? []) bytes += JSON.stringify(entry).length * 3
  for (const item of ephemeral ?? []) bytes += bytesOf(item)
  return bytes
}

const bytesOf = (item: Ephemeral): number =>
  OVERHEAD_BYTES * (item.kind === 'presence' ? 1 + item.channelIds.length : 2)

function cut(
  channel: ChannelPush,
  maxBytes: number,
): readonly { readonly channel: ChannelPush; readonly bytes: number }[] {
  const sizes = channel.events.map(
    ({ json, request }) => Buffer.byteLength(json) + REQUEST_BYTES + bytesOfId(request?.requestId),
  )
  const total = sizes.reduce((sum, size) => sum + size, OVERHEAD_BYTES)
  if (total <= maxBytes) return [{ channel, bytes: total }]
  const parts: { channel: ChannelPush; bytes: number }[] = []
  let from = 0
  let bytes = OVERHEAD_BYTES
  const end = (to: number): void => {
    const events = channel.events.slice(from, to)
    const last = to < channel.events.length ? events.at(-1)?.event : undefined
    // a part says how far it reaches itself: the receiver must not go and read what follows at once
    const head = last && { headSeq: last.channel_seq, messageCount: last.message_count }
    parts.push({ channel: { ...channel, ...head, events }, bytes })
    from = to
    bytes = OVERHEAD_BYTES
  }
  sizes.forEach((size, i) => {
    if (i > from && bytes + size > maxBytes) end(i)
    bytes += size
  })
  end(sizes.length)
  return parts
}
