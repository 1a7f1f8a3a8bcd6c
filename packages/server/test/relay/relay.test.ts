import { describe, expect, it } from 'vitest'
import type { OutboxEntry } from '../../src/ports/directory.js'
import type { Command } from '../../src/stream/command.js'
import { createWorld, entry } from './world.js'

function world(made: readonly OutboxEntry[]) {
  const created = createWorld(made)
  const last = (): Command => {
    const command = created.appended.at(-1)
    if (command === undefined) throw new Error('nothing was appended')
    return command
  }
  return { ...created, last }
}

describe('the relay', () => {
  it('R15: keeps one append in flight for each channel, first in, first out', async () => {
    const { environment, relay, appended, answer, done } = world([
      entry(1, 'a'),
      entry(2, 'a'),
      entry(3, 'b'),
    ])
    await environment.settle()
    expect(appended.map((command) => command.clientMsgId)).toEqual(['~1', '~3'])
    answer(appended[1] as Command)
    answer(appended[0] as Command)
    await environment.settle()
    expect(appended.map((command) => command.clientMsgId)).toEqual(['~1', '~3', '~2'])
    answer(appended[2] as Command)
    await environment.settle()
    expect(done).toEqual([3, 1, 2])
    await relay.close()
    expect(environment.timers).toBe(0)
  })

  it('R15: makes the command from the entry alone, so that a repeat is the same command', async () => {
    const { environment, last, appended } = world([entry(7, 'a')])
    await environment.settle()
    expect(last()).toMatchObject({
      kind: 'member.join',
      role: 'admin',
      clientMsgId: '~7',
      userId: 'ada',
      acceptedAt: 1_007,
    })
    await environment.advance(5_000)
    expect(appended).toHaveLength(2)
    expect(appended[1]).toEqual(appended[0])
  })

  it('appends again when the log refused or nobody answered, and never marks an entry done before', async () => {
    const { environment, appended, done, settings, answer, last } = world([entry(1, 'a')])
    settings.outcome = { status: 'refused', reason: 'full' }
    await environment.settle()
    settings.outcome = { status: 'unknown', reason: 'timeout' }
    await environment.advance(5_000)
    expect(done).toEqual([])
    await environment.advance(5_000)
    expect(appended).toHaveLength(3)
    answer(last())
    await environment.settle()
    expect(done).toEqual([1])
  })

  it('tells who waits for an entry, before and after it is done', async () => {
    const { environment, relay, answer, last } = world([entry(1, 'a')])
    const early = relay.stored(entry(1, 'a'))
    await environment.settle()
    answer(last(), 9)
    await environment.settle()
    await expect(early).resolves.toMatchObject({ channelSeq: 9 })
    await expect(relay.stored(entry(1, 'a'))).resolves.toMatchObject({ channelSeq: 9 })
  })

  it('finds what was written without being told', async () => {
    const { environment, appended, add } = world([])
    await environment.settle()
    add([entry(1, 'a')])
    await environment.advance(1_000)
    expect(appended).toHaveLength(1)
  })
})
