import type { ChannelEvents } from '@tidings/protocol'
import type { RequestContext } from '../stream/request-context.js'

/**
 * Where other systems learn of every message that was stored: push notifications, search, analytics (R7). At least
 * once: a message is fed again when a partition changes its owner, and readers drop what they know by `message_id`.
 *
 * An adapter
 * - MUST have every message of a `publish` durably when it resolves, so that none is left out of the feed;
 * - MUST hand out the messages of a channel in the order in which they were published; when some are published
 *   again, what was there first stays where it is;
 * - MUST reject when it cannot tell or cannot reach its engine; the same messages are then published again;
 * - MUST bound what waits (I7), and reject beyond that.
 */
export interface MessageFeed {
  publish(messages: readonly FedMessage[]): Promise<void>
  /** Settles what is in flight. Afterwards `publish` rejects. */
  close(): Promise<void>
}

export interface FedMessage {
  readonly event: ChannelEvents['message.new']
  /** The event as it was pushed. */
  readonly json: string
  /** The request that made it, where it is known. */
  readonly request?: RequestContext | undefined
}
