import { describe, it } from 'vitest'
import { createMemoryMessageFeed } from '../../src/adapters/memory/message-feed.js'
import {
  type MessageFeedHarness,
  messageFeedContract,
} from '../../src/ports/contract/message-feed.js'
import type { FedMessage, MessageFeed } from '../../src/ports/message-feed.js'
import { refuses } from './refused.js'

/** A feed in memory, with something put between it and whoever publishes, or reads. */
const harness =
  (
    wrap: (feed: MessageFeed, fed: FedMessage[]) => MessageFeed = (feed) => feed,
    read: (fed: readonly FedMessage[]) => readonly FedMessage[] = (fed) => fed,
  ) =>
  async (): Promise<MessageFeedHarness> => {
    const fed: FedMessage[] = []
    const open = async () => wrap(createMemoryMessageFeed(fed), fed)
    return {
      feed: await open(),
      open,
      read: async (channelId) =>
        read(fed.filter(({ event }) => event.channel_id === channelId)).map(
          ({ json, request }) => ({ json, ...(request && { request }) }),
        ),
      close: async () => undefined,
    }
  }

interface Wrong {
  readonly make: () => Promise<MessageFeedHarness>
  readonly fails: RegExp
}

const WRONG: Readonly<Record<string, Wrong>> = {
  'resolves before everything is there': {
    make: harness((feed) => ({
      ...feed,
      publish: (messages) => feed.publish(messages.slice(0, -1)),
    })),
    fails: /^R7: every message is there/,
  },
  'writes the event anew': {
    make: harness((feed) => ({
      ...feed,
      publish: (messages) =>
        feed.publish(messages.map((one) => ({ ...one, json: one.json.normalize('NFKD') }))),
    })),
    fails: /^R7: every message is there/,
  },
  'lets a small publish overtake a large one': {
    make: harness((feed) => {
      let count = 0
      return {
        ...feed,
        async publish(messages) {
          for (let turns = ++count % 3; turns > 0; turns--) await new Promise(setImmediate)
          await feed.publish(messages)
        },
      }
    }),
    fails: /^keeps the order of a channel/,
  },
  'replaces what is published again': {
    make: harness((feed, fed) => ({
      ...feed,
      async publish(messages) {
        const again = new Set(messages.map(({ json }) => json))
        const rest = fed.filter(({ json }) => !again.has(json))
        const tail = rest.length < fed.length ? rest.slice(0, -1) : rest
        fed.splice(0, fed.length, ...tail)
        await feed.publish(messages)
      },
    })),
    fails: /^R8: what another owner publishes again/,
  },
  'forgets who asked': {
    make: harness(undefined, (fed) => fed.map(({ request: _, ...message }) => message)),
    fails: /^says which request/,
  },
  'takes what comes after it was closed': {
    make: harness((feed) => ({ ...feed, close: async () => undefined })),
    fails: /^takes nothing after/,
  },
}

messageFeedContract('the feed in memory', harness(), { describe, it })

refuses(
  'a message feed that',
  WRONG,
  ({ make }, name) =>
    (runner) =>
      messageFeedContract(name, make, runner),
)
