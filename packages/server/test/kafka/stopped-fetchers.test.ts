import Runner from 'kafkajs/src/consumer/runner.js'
import { describe, expect, it } from 'vitest'
import '../../src/adapters/kafka/stopped-fetchers.js'

/** Questions for the list of brokers in one turn. */
const LIMIT = 1_000
const quiet = { debug() {}, info() {}, warn() {}, error() {}, namespace: () => quiet }

/** The client library's own consumer loop, over a group that answers when it is told to. */
function consumerOf(brokers: string[]) {
  const answers = new Map<string, () => void>()
  const asked: string[] = []
  let turnless = 0
  const runner = new Runner({
    logger: quiet,
    instrumentationEmitter: { emit() {} },
    concurrency: 1,
    retry: { retries: 0 },
    onCrash() {},
    eachBatch() {},
    consumerGroup: {
      async connect() {},
      async joinAndSync() {},
      async leave() {},
      async heartbeat() {},
      getNodeIds() {
        // without this nothing would end it
        if (++turnless > LIMIT) throw new Error('the loop gets no turn')
        return [...brokers]
      },
      fetch(broker: string) {
        asked.push(broker)
        return new Promise((resolve) => answers.set(broker, () => resolve([])))
      },
    },
  })
  return {
    runner,
    asked,
    hadItsTurns: () => turnless <= LIMIT,
    answer: (broker: string) => answers.get(broker)?.(),
    async turn() {
      await new Promise((resolve) => setImmediate(resolve))
      if (turnless <= LIMIT) turnless = 0
    },
  }
}

describe('A consumer that is stopped while its brokers change', () => {
  it('ends, and leaves the loop its turns', async () => {
    const brokers = ['1', '2']
    const { runner, asked, answer, turn, hadItsTurns } = consumerOf(brokers)
    await runner.start()
    await turn()
    expect(asked).toEqual(['1', '2'])

    // the fetcher of the first sees the change, and the library waits for that of the second
    brokers.push('3')
    answer('1')
    await turn()
    const stopped = runner.stop()
    await turn()
    answer('2')
    await turn()
    await stopped
    expect(asked).toEqual(['1', '2'])
    expect(hadItsTurns()).toBe(true)
  })

  it('asks every broker while it runs', async () => {
    const brokers = ['1']
    const { runner, asked, answer, turn } = consumerOf(brokers)
    await runner.start()
    await turn()
    brokers.push('2')
    answer('1')
    await turn()
    expect(asked).toEqual(['1', '1', '2'])
    const stopped = runner.stop()
    answer('1')
    answer('2')
    await stopped
  })
})
