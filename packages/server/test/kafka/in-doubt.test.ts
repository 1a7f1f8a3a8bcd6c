import { afterEach, describe, expect, it } from 'vitest'
import { KafkaClients } from '../../src/adapters/kafka/client.js'
import { appendFailure } from '../../src/adapters/kafka/errors.js'
import { KafkaTransport } from '../../src/adapters/kafka/kafka-transport.js'
import { settingsOf } from '../../src/adapters/kafka/options.js'
import { ProduceQueue } from '../../src/adapters/kafka/produce-queue.js'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { SmallBroker, smallCluster } from './small-broker.js'

const TOPIC = 'commands'
const NOT_ENOUGH_REPLICAS = 19
const MESSAGE_TOO_LARGE = 10
const ANSWERED_IN_DOUBT = { UNKNOWN_TOPIC_OR_PARTITION: 3, NOT_LEADER_FOR_PARTITION: 6 }
const LEADER_NOT_AVAILABLE = 5
const TOPIC_AUTHORIZATION_FAILED = 29

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** Two brokers of which the first leads, and what one attempt to append to them says of itself. */
async function world() {
  const cluster = smallCluster(TOPIC)
  const brokers = [new SmallBroker(cluster, 1), new SmallBroker(cluster, 2)] as const
  const [leader, other] = brokers
  const addresses = [await leader.start(), await other.start()]
  for (const broker of brokers) ends.push(() => broker.kill())
  const settings = settingsOf({ environment: nodeEnvironment, brokers: addresses })
  const transport = new KafkaTransport(new KafkaClients(settings), TOPIC, nodeEnvironment)
  ends.push(() => transport.close())
  const queue = new ProduceQueue(settings)
  const record = { partition: 0, key: 'a', value: Buffer.from('a'), headers: {}, bytes: 1 }
  queue.push({ record, deadlineMs: 0, settle: () => undefined, settled: false })
  const batch = queue.next(0, 0)
  if (batch === undefined) throw new Error('a record waits')
  const append = () => transport.send([batch]).then(() => 'appended', appendFailure)
  return { cluster, leader, other, append }
}

describe('an append that may be in the log is never taken for one that is not:', () => {
  it('its answer is lost with every broker, and nobody listens any more', async () => {
    const { leader, other, append } = await world()
    leader.onProduce = () => {
      leader.kill()
      other.kill()
    }
    expect([await append(), leader.produced]).toEqual(['unknown', 1])
  })

  it('its answer is lost with the leader, and the others know of no leader yet', async () => {
    const { cluster, leader, append } = await world()
    leader.onProduce = () => {
      leader.kill()
      cluster.leader = -1
      cluster.partitionError = LEADER_NOT_AVAILABLE
    }
    expect([await append(), leader.produced]).toEqual(['unknown', 1])
  })

  it('its answer is lost with the leader, and the others do not let this client ask any more', async () => {
    const { cluster, leader, append } = await world()
    leader.onProduce = () => {
      leader.kill()
      cluster.topicError = TOPIC_AUTHORIZATION_FAILED
    }
    expect([await append(), leader.produced]).toEqual(['unknown', 1])
  })

  it.each(Object.entries(ANSWERED_IN_DOUBT))(
    'the leader answers %s, as it also does when it has appended it and leads no more',
    async (_, code) => {
      const { leader, append } = await world()
      leader.produceError = code
      expect([await append(), leader.produced]).toEqual(['unknown', 1])
    },
  )
})

describe('an append is surely not in the log when', () => {
  it('too few brokers have what the leader has', async () => {
    const { leader, append } = await world()
    leader.produceError = NOT_ENOUGH_REPLICAS
    expect([await append(), leader.produced]).toEqual(['not_appended', 1])
  })

  it('the leader does not take it', async () => {
    const { leader, append } = await world()
    leader.produceError = MESSAGE_TOO_LARGE
    expect([await append(), leader.produced]).toEqual(['refused', 1])
  })

  it('no broker can be connected to', async () => {
    const { leader, other, append } = await world()
    leader.kill()
    other.kill()
    expect([await append(), leader.produced]).toEqual(['not_appended', 0])
  })

  it('the brokers know of no leader', async () => {
    const { cluster, leader, append } = await world()
    cluster.leader = -1
    cluster.partitionError = LEADER_NOT_AVAILABLE
    expect([await append(), leader.produced]).toEqual(['not_appended', 0])
  })

  it('this client may not ask for the topic', async () => {
    const { cluster, leader, append } = await world()
    cluster.topicError = TOPIC_AUTHORIZATION_FAILED
    expect([await append(), leader.produced]).toEqual(['refused', 0])
  })
})

it('an append that is answered is in the log', async () => {
  const { leader, append } = await world()
  expect([await append(), leader.produced]).toEqual(['appended', 1])
})
