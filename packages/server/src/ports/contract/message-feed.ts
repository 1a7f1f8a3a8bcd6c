import assert from 'node:assert/strict'
import type { FedMessage, MessageFeed } from '../message-feed.js'
import { type ContractRunner, casesOver } from './runner.js'
import { StreamBuilder } from './stream-builder.js'

/** An adapter under test; each harness begins with an empty feed. */
export interface MessageFeedHarness {
  readonly feed: MessageFeed
  /** The same feed as another process has it. */
  open(): Promise<MessageFeed>
  /** What a reader of the feed is handed out, from its beginning; the messages of one channel in their order. */
  read(channelId: string): Promise<readonly Omit<FedMessage, 'event'>[]>
  close(): Promise<void>
}

/** Messages of a channel, as a sequencer has stored them. */
function messagesOf(channelId: string, count: number): readonly FedMessage[] {
  const stream = new StreamBuilder(channelId)
  for (let i = 0; i < count; i++) stream.say(`${i} \u00e9 \u{1F468}‍\u{1F469}‍\u{1F467} مرحبا`)
  const rows = stream.batch().runs.flatMap((run) => run.rows)
  return rows.flatMap(({ event, json }, i) =>
    event.type === 'message.new'
      ? [{ event, json, request: { requestId: `request-${i}`, trace: traceOf(i) } }]
      : [],
  )
}

const traceOf = (i: number): string => `00-${'a'.repeat(32)}-${String(i).padStart(16, '0')}-01`
const textsOf = (messages: readonly { readonly json: string }[]): readonly string[] =>
  messages.map(({ json }) => json)

/** What every MessageFeed must do. */
export function messageFeedContract(
  name: string,
  makeHarness: () => Promise<MessageFeedHarness>,
  runner: ContractRunner,
): void {
  const test = casesOver(runner, makeHarness)

  runner.describe(`${name} is a message feed`, () => {
    test('R7: every message is there when publish resolves, as it was pushed', async ({
      feed,
      read,
    }) => {
      const messages = messagesOf('c', 30)
      await feed.publish(messages)
      assert.deepEqual(textsOf(await read('c')), textsOf(messages))
    })

    test('says which request made each', async ({ feed, read }) => {
      const messages = messagesOf('c', 3)
      await feed.publish(messages)
      const requests = (await read('c')).map(({ request }) => request)
      assert.deepEqual(
        requests,
        messages.map(({ request }) => request),
      )
    })

    test('keeps the order of a channel, also over what is published without waiting', async ({
      feed,
      read,
    }) => {
      const messages = messagesOf('c', 200)
      const others = messagesOf('other', 200)
      const publishing: Promise<void>[] = []
      for (let i = 0; i < 200; i += 10) {
        publishing.push(feed.publish([...others.slice(i, i + 10), ...messages.slice(i, i + 10)]))
      }
      await Promise.all(publishing)
      assert.deepEqual(textsOf(await read('c')), textsOf(messages))
      assert.deepEqual(textsOf(await read('other')), textsOf(others))
    })

    test('R8: what another owner publishes again comes again, and takes nothing away', async (harness) => {
      const messages = messagesOf('c', 10)
      await harness.feed.publish(messages.slice(0, 7))
      const next = await harness.open()
      await next.publish(messages.slice(4))
      const firsts = [...new Set(textsOf(await harness.read('c')))]
      assert.deepEqual(firsts, textsOf(messages))
    })

    test('nothing to publish is published at once', async ({ feed, read }) => {
      await feed.publish([])
      assert.deepEqual(await read('c'), [])
    })

    test('takes nothing after it was closed', async ({ feed }) => {
      await feed.publish(messagesOf('c', 1))
      await feed.close()
      await feed.close()
      await assert.rejects(feed.publish(messagesOf('c', 1)))
    })
  })
}
