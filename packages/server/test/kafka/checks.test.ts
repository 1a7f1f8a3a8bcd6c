import { describe, expect, it } from 'vitest'
import { goneBack, unsafeTopic, wrongTopic } from '../../src/adapters/kafka/checks.js'
import { markerOf, newMarker } from '../../src/adapters/kafka/topic.js'
import { RULES_VERSION } from '../../src/stream/command.js'
import { describedTopic, storedGeneration } from './support.js'

describe('a topic for commands', () => {
  it('is safe with 3 replicas, 2 of them in sync, and no unclean election', () => {
    expect(unsafeTopic(describedTopic())).toBeUndefined()
  })

  it.each([
    ['fewer than 3 replicas of any partition', describedTopic({}, [3, 2]), /2 replicas/],
    ['min.insync.replicas below 2', describedTopic({ 'min.insync.replicas': '1' }), /insync/],
    [
      'unclean leader election',
      describedTopic({ 'unclean.leader.election.enable': 'true' }),
      /unclean/,
    ],
  ])('I1: is refused for %s, with the remedy', (_, description, message) => {
    const error = unsafeTopic(description)
    expect(error?.code).toBe('topic_unsafe')
    expect(error?.message).toMatch(message)
    expect(error?.remedy).toMatch(/allowUnsafeKafka/)
  })

  it('R11: is taken when it is as it is stored', () => {
    expect(wrongTopic(describedTopic(), storedGeneration(), RULES_VERSION)).toBeUndefined()
  })

  it.each([
    ['another marker', storedGeneration({ marker: '1' }), 'topic_foreign'],
    ['another number of partitions', storedGeneration({ partitions: 3 }), 'rules_differ'],
    ['another partitioner', storedGeneration({ partitioner: 'murmur2' }), 'rules_differ'],
    ['newer rules', storedGeneration({ rulesVersion: RULES_VERSION + 1 }), 'rules_differ'],
    ['older rules', storedGeneration({ rulesVersion: RULES_VERSION - 1 }), 'rules_differ'],
  ])('R11: is refused when the installation knows it with %s', (_, stored, code) => {
    const error = wrongTopic(describedTopic(), stored, RULES_VERSION)
    expect(error?.code).toBe(code)
    expect(error?.remedy).not.toBe('')
  })

  it('is refused when it is compacted, whatever is allowed', () => {
    const compacted = describedTopic({ 'cleanup.policy': 'compact' })
    expect(wrongTopic(compacted, storedGeneration(), RULES_VERSION)?.code).toBe('topic_unsafe')
  })

  it('carries a marker that no other topic has, or none', () => {
    let seed = 0
    const random = () => (seed += 0.1)
    expect(newMarker(random)).not.toBe(newMarker(random))
    expect(BigInt(newMarker(() => 0.999_999))).toBeLessThan(2n ** 63n - 1n)
    expect(markerOf(describedTopic({ 'max.compaction.lag.ms': '9223372036854775807' }))).toBe('')
  })
})

describe('R8: the offsets of a partition', () => {
  const check = (earliest: number, committed: number | undefined, end: number) =>
    goneBack('commands.g3', 1, { earliest, committed, end })

  it.each([
    ['is new', 0, undefined, 0],
    ['holds what nobody has read', 0, undefined, 9],
    ['begins where its readers are', 5, 5, 9],
    ['ends where its readers are', 5, 9, 9],
  ])('are right when it %s', (_, earliest, committed, end) => {
    expect(check(earliest, committed, end)).toBeUndefined()
  })

  it.each([
    ['it begins above what is committed', 6, 5, 9],
    ['it has lost its beginning and nothing is committed', 1, undefined, 9],
    ['it ends below what is committed', 0, 9, 8],
  ])('are refused when %s', (_, earliest, committed, end) => {
    const error = check(earliest, committed, end)
    expect(error?.code).toBe('gone_back')
    expect(error?.message).toMatch(/Partition 1 of commands\.g3/)
  })
})
