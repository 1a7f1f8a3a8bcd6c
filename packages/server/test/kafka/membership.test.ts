import type { Offsets } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { KafkaAssignment } from '../../src/adapters/kafka/assignment.js'
import { Membership } from '../../src/adapters/kafka/membership.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

function world() {
  const environment = createVirtualEnvironment()
  const membership = new Membership('topic', { environment, commitIntervalMs: 200 })
  const sent: string[] = []
  const answers: (() => Promise<void>)[] = []
  membership.commitsWith(async ({ topics }: Offsets) => {
    sent.push(
      topics
        .flatMap(({ partitions }) => partitions)
        .map(({ partition, offset }) => `${partition}@${offset}`)
        .join(' '),
    )
    await answers.shift()?.()
  })
  const assigned = (partition: number) => {
    const assignment = new KafkaAssignment({
      generation: 1,
      partition,
      partitions: 9,
      committed: 100,
      maxReadAheadRecords: 10,
      maxReadAheadBytes: 1_000,
      pause: () => undefined,
      resume: () => undefined,
      commit: (one, offset) => membership.commit(one, offset),
      onSeal: () => undefined,
      onForeign: () => undefined,
      onJump: () => undefined,
    })
    membership.assignments.set(partition, assignment)
    return assignment
  }
  return { environment, membership, sent, answers, assigned }
}

const failing = (type: string) => () => Promise.reject(Object.assign(new Error(type), { type }))

describe('commits of a membership', () => {
  it('go together, at most once an interval', async () => {
    const { environment, sent, assigned } = world()
    const [a, b] = [assigned(1), assigned(2)]
    const all = Promise.all([a.commit(50), a.commit(60), b.commit(70)])
    await environment.advance(0)
    await all
    expect(sent).toEqual(['1@60 2@70'])
    const next = a.commit(61)
    await environment.advance(199)
    expect(sent).toHaveLength(1)
    await environment.advance(1)
    await next
    expect(sent).toEqual(['1@60 2@70', '1@61'])
  })

  it('are asked again while the coordinator does not answer', async () => {
    const { environment, sent, answers, assigned } = world()
    answers.push(failing('REQUEST_TIMED_OUT'))
    const a = assigned(1)
    const committed = a.commit(50)
    await environment.advance(200)
    await committed
    expect(sent).toEqual(['1@50', '1@50'])
  })

  it('R1: a refused one ends the membership and all its assignments', async () => {
    const { environment, answers, assigned } = world()
    answers.push(failing('ILLEGAL_GENERATION'))
    const [a, b] = [assigned(1), assigned(2)]
    const refused = expect(a.commit(50)).rejects.toThrow('ILLEGAL_GENERATION')
    await environment.advance(0)
    await refused
    expect(a.signal.aborted && b.signal.aborted).toBe(true)
  })

  it('R1: none goes out after the membership is over', async () => {
    const { environment, membership, sent, assigned } = world()
    const a = assigned(1)
    const refused = expect(a.commit(50)).rejects.toThrow('nothing was committed')
    membership.end()
    await environment.advance(1_000)
    await refused
    expect(sent).toEqual([])
    await expect(a.commit(51)).rejects.toThrow('has ended')
  })

  it('R1: those of an assignment that has ended reject, and the others go', async () => {
    const { environment, sent, assigned } = world()
    const [a, b] = [assigned(1), assigned(2)]
    const refused = expect(a.commit(50)).rejects.toThrow('has ended')
    const kept = b.commit(50)
    a.end()
    await environment.advance(0)
    await refused
    await kept
    expect(sent).toEqual(['2@50'])
  })
})
