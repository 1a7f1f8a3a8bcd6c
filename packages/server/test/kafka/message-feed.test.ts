import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createKafkaMessageFeed } from '../../src/adapters/kafka/message-feed.js'
import { messageFeedContract } from '../../src/ports/contract/message-feed.js'
import type { MessageFeed } from '../../src/ports/message-feed.js'
import { useService } from '../services/use-service.js'
import { readFeed } from './feed-reader.js'
import { testOptions } from './harness.js'

const { brokers } = await useService('kafka')
const optionsOf = (topic: string) => ({ ...testOptions(brokers), topic })

messageFeedContract(
  'the feed on Kafka',
  async () => {
    const topic = `t-${randomBytes(6).toString('hex')}.message_sent`
    const feeds: MessageFeed[] = []
    const open = async () => {
      const feed = await createKafkaMessageFeed(optionsOf(topic))
      feeds.push(feed)
      return feed
    }
    return {
      feed: await open(),
      open,
      read: (channelId) => readFeed(brokers, topic, channelId),
      async close() {
        for (const feed of feeds) await feed.close()
      },
    }
  },
  { describe, it },
)

describe('the topic of a feed', () => {
  it('is refused where it may lose what it has taken', async () => {
    const topic = `t-${randomBytes(6).toString('hex')}.message_sent`
    const opening = createKafkaMessageFeed({ ...optionsOf(topic), allowUnsafeKafka: false })
    await expect(opening).rejects.toMatchObject({ code: 'topic_unsafe' })
  })

  it('has to be there where none may be made', async () => {
    const opening = createKafkaMessageFeed({ ...optionsOf('t-nowhere'), createTopics: false })
    await expect(opening).rejects.toMatchObject({
      code: 'topic_missing',
      remedy: expect.stringContaining('kafkaMessageSentTopic'),
    })
  })
})
