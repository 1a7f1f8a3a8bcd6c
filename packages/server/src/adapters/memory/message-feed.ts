import type { FedMessage, MessageFeed } from '../../ports/message-feed.js'

/** A feed in this process: only for tests. `fed` may be shared by several, which then are one feed. */
export function createMemoryMessageFeed(fed: FedMessage[] = []): MessageFeed {
  let closed = false
  return {
    async publish(messages) {
      if (closed) throw new Error('The feed is closed.')
      fed.push(...messages)
    },
    async close() {
      closed = true
    },
  }
}
