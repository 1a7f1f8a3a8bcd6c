/** Read and delivered: `createClient({ features: [receipts()] })`, then `client.receipts`. */
import { type ChannelEntry, epochOf } from '@tidings/protocol'
import { given } from '../../arguments.js'
import type { GuardedFrame } from '../../connection/guard.js'
import type { Feature, FeatureContext } from '../feature.js'
import { createHandles } from '../handles.js'
import { checkMs } from '../options.js'
import {
  type ChannelReceipts,
  createReceiptsHandle,
  type ReceiptTarget,
} from './channel-receipts.js'
import { createReporter, RECEIPT_REF } from './reporter.js'
import type { Watermark } from './watermark.js'

export type { Readable } from '../readable.js'
export type { ChannelReceipts, ReceiptsSnapshot, ReceiptTarget } from './channel-receipts.js'
export type { MemberReceipts, Members } from './members.js'

export interface ReceiptsOptions {
  /** At most so often the server is told of new marks, of all channels together, in milliseconds. @default 1 000 */
  readonly intervalMs?: number | undefined
  /** Says of messages of others that this device has them, as they come. @default true */
  readonly delivered?: boolean | undefined
}

/** What this user has read, and how far own messages have come. */
export interface Receipts {
  /** The one handle of a channel; costs nothing. Throws `invalid_argument` for a wrong id. */
  in(channelId: string): ChannelReceipts
}

const FRAMES = {
  'receipt.update': 'kind:s channel_id:s user_id:s epoch:n? seq:n message_count:n',
  'receipts.page': 'channel_id:s epoch:n? receipts:a read_count:n? delivered_count:n? cursor:s?',
}

/** Makes the feature. Throws `invalid_argument` for an interval that cannot be. */
export function receipts(options?: ReceiptsOptions) {
  const { intervalMs = 1_000, delivered = true } = given(options)
  checkMs({ intervalMs })
  return {
    name: 'receipts',
    frames: FRAMES,
    setup: (context): Receipts => setUp(context, intervalMs, delivered),
  } as const satisfies Feature
}

function setUp(
  { client, connection, environment, userId, markRead, onClose }: FeatureContext,
  intervalMs: number,
  tellsDelivered: boolean,
): Receipts {
  const reporter = createReporter(connection, environment, intervalMs)

  /** A count from before numbering started anew says nothing of what is void. */
  const count = (channelId: string, mark: Watermark, messageCount: number): void => {
    if (reporter.valid(channelId, mark).seq === mark.seq) markRead(channelId, messageCount)
  }
  const read = (channelId: string, { epoch, channelSeq, messageCount }: ReceiptTarget): void => {
    // Of a channel that is not theirs any more nothing changes.
    if (client.channel(channelId).state === 'removed') return
    const to = { epoch, seq: channelSeq }
    if (!reporter.mark(channelId, 'read', to)) return
    if (messageCount !== undefined) count(channelId, to, messageCount)
    handles.of({ channel_id: channelId })?.ownMoved()
  }
  /** A message, live or from a page: this device has it, and an own one counts as read (P-93). */
  const came = (channelId: string, whose: string, epoch: number, seq: number): void => {
    if (whose !== userId()) {
      if (tellsDelivered) reporter.mark(channelId, 'delivered', { epoch, seq })
    } else if (reporter.known(channelId, 'read', { epoch, seq })) {
      handles.of({ channel_id: channelId })?.ownMoved()
    }
  }

  const handles = createHandles((channelId) =>
    createReceiptsHandle({
      channelId,
      connection,
      environment,
      userId,
      read: (message) => read(channelId, message),
      readSeq: () => reporter.markOf(channelId, 'read')?.seq,
      // What is caught up on comes in pages, which only a listener of the channel sees.
      listen: () =>
        client.channel(channelId).on('message', ({ userId: whose, epoch, channelSeq }) => {
          came(channelId, whose, epoch, channelSeq)
        }),
    }),
  )

  const takeEntry = (entry: ChannelEntry): void => {
    const { channel_id: channelId, read_seq: seq = 0, from_seq: fromSeq } = entry
    if (fromSeq !== undefined) reporter.reset(channelId, epochOf(entry), fromSeq)
    if (seq === 0 && !reporter.markOf(channelId, 'read')) return
    if (reporter.stated(channelId, { epoch: epochOf(entry), seq })) handles.of(entry)?.ownMoved()
  }

  const take = (frame: GuardedFrame): void => {
    const handle = handles.of(frame)
    switch (frame.type) {
      case 'channels.page':
        frame.channels.forEach(takeEntry)
        return
      case 'channel.added':
      case 'channel.changed':
        takeEntry(frame.channel)
        return
      case 'channel.reset':
        reporter.reset(frame.channel_id, epochOf(frame), frame.from_seq)
        handle?.reset(epochOf(frame), frame.from_seq)
        return
      case 'member.left':
        handle?.left(frame.user_id)
        return
      case 'message.new': {
        came(frame.channel_id, frame.user_id, epochOf(frame), frame.channel_seq)
        return
      }
      case 'receipt.update': {
        const { channel_id, kind, user_id, seq, message_count } = frame
        if (kind !== 'read' && kind !== 'delivered') return
        if (user_id !== userId()) {
          handle?.update(frame)
          return
        }
        const mark = { epoch: epochOf(frame), seq }
        reporter.known(channel_id, kind, mark)
        if (kind === 'read') count(channel_id, mark, message_count)
        handle?.ownMoved()
        return
      }
      case 'error':
        if (frame.ref !== RECEIPT_REF) return
        if (frame.code === 'unknown_type') reporter.mute(connection.session)
        else if (frame.retryable) reporter.again(Math.max(intervalMs, frame.retry_after_ms ?? 0))
    }
  }

  const offs = [
    connection.on('connected', (ack) => {
      ack.channels.forEach(takeEntry)
      for (const handle of handles.all()) handle.connected()
    }),
    connection.on('disconnected', () => {
      for (const handle of handles.all()) handle.disconnected()
    }),
    client.channels.on('added', ({ channel }) => handles.at(channel)?.connected()),
    client.channels.on('removed', ({ channel }) => {
      reporter.forget(channel.id)
      handles.at(channel)?.removed()
    }),
    connection.on('frame', take),
  ]
  onClose(() => {
    for (const off of offs) off()
    reporter.close()
    for (const handle of handles.all()) handle.close()
  })
  return { in: (channelId) => handles.in(channelId).surface }
}
