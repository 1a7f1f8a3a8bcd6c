import { describe, expect, it } from 'vitest'
import type { Assignment } from '../../src/ports/command-log.js'
import { command, createWorld, send, targetOf } from './world.js'

const POSITION = { generation: 1, partition: 0 }

/** An assignment of a log that is told what to hand out. */
function assignment(batches: readonly (readonly number[])[]): Assignment {
  const queue = [...batches]
  return {
    ...POSITION,
    committed: 0,
    signal: new AbortController().signal,
    next: async () =>
      (queue.shift() ?? []).map((offset) => ({
        position: { ...POSITION, offset },
        command: send(`at ${offset}`),
      })),
    commit: async () => undefined,
  }
}

describe('ownership of a partition (R1, R2)', () => {
  it('R1: a new assignment knows nothing of the one before: it goes on from what another owner wrote', async () => {
    const world = await createWorld({ commitLagMs: 2_000 })
    await world.submit(send('one'))
    await world.environment.advance(2_000)
    const other = world.controls.overlap(0, world.makeReader())
    await world.submit(send('two'))
    await world.environment.advance(2_000)
    world.controls.loseOwnership(0)
    await world.submit(send('three'))
    await other.close()
    const texts = (await world.served()).map((event) => [
      event.channel_seq,
      'text' in event && event.text,
    ])
    expect(texts).toEqual([
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
    ])
  })

  it('R1: offsets that jump end the assignment before anything is folded', async () => {
    const world = await createWorld({ reading: false })
    const run = world.reader.run(assignment([[0], [2]]))
    const ended = expect(run).rejects.toThrow('offset 2')
    await world.environment.advance(1_000)
    await ended
    expect(await world.served()).toHaveLength(1)
  })

  it('R1: a refused commit ends the assignment, with and without a lag', async () => {
    for (const commitLagMs of [0, 2_000]) {
      const world = await createWorld({ reading: false, commitLagMs })
      const idle = new Promise<never>(() => undefined)
      const given = assignment([[0]])
      let calls = 0
      const run = world.reader.run({
        ...given,
        next: (max) => (calls++ === 0 ? given.next(max) : idle),
        commit: () => Promise.reject(new Error('not the owner')),
      })
      const ended = expect(run).rejects.toThrow('not the owner')
      await world.environment.advance(5_000)
      await ended
    }
  })

  it('R2: what is not committed is folded, written, answered and pushed again, with the same numbers', async () => {
    const world = await createWorld({ commitLagMs: 2_000 })
    await world.submit(send('zero'))
    await world.environment.advance(2_000)
    const [, edit] = await world.submit(send('one'), send('two'))
    const answered = world.announcements.length
    world.controls.loseOwnership(0)
    await world.environment.settle()
    const [repeated] = world.announcements.slice(answered)
    expect(repeated?.channels[0]?.events.map(({ json }) => json)).toEqual(
      world.announcements
        .flatMap((a) => a.channels[0]?.events ?? [])
        .slice(1, 3)
        .map(({ json }) => json),
    )
    expect(repeated?.answers[1]).toEqual(edit)
    expect(await world.served()).toHaveLength(3)
  })

  it('R2: effects of what is folded again do not count a second time', async () => {
    const world = await createWorld({ commitLagMs: 2_000 })
    const [said] = await world.submit(send('hi'))
    await world.environment.advance(2_000)
    const target = targetOf(said?.result)
    const replyTo = { epoch: 1, seq: 1, message_id: target.messageId }
    const commands = [
      command({ kind: 'reaction.add', target, emoji: '👍' }),
      command({ kind: 'message.send', text: 'reply', replyTo }),
      command({ kind: 'message.delete', target }),
    ]
    const first = await world.submit(...commands)
    world.controls.loseOwnership(0)
    await world.environment.settle()
    expect(commands.map(world.answerTo)).toEqual(first)
    expect(first.map((answer) => answer?.result.status)).toEqual([
      'accepted',
      'accepted',
      'accepted',
    ])
    expect((await world.served())[0]).toMatchObject({ deleted_seq: 4, reply_count: 1, rev: 4 })
  })

  it('R2: an owner that is behind does not see what one ahead of it has written', async () => {
    const world = await createWorld({ commitLagMs: 2_000 })
    const [said] = await world.submit(send('hi'))
    await world.environment.advance(2_000)
    const target = targetOf(said?.result)
    const add = command({ kind: 'reaction.add', target, emoji: '👍' })
    const remove = command({ kind: 'reaction.remove', target, emoji: '👍' })
    const last = command({ kind: 'message.delete', target })
    await world.submit(add, remove, last)
    // the store now says: deleted, no reaction; below the first of the three it says: neither
    world.controls.loseOwnership(0)
    await world.environment.settle()
    expect(world.troubles).toEqual([])
    expect([add, remove, last].map((c) => world.answerTo(c)?.result)).toMatchObject([
      { channelSeq: 2 },
      { channelSeq: 3 },
      { channelSeq: 4 },
    ])
  })

  it('R4: what the assignment did to a target wins over what is read, until it is committed and after', async () => {
    const world = await createWorld({ commitLagMs: 2_000 })
    const [said] = await world.submit(send('hi'))
    const target = targetOf(said?.result)
    const add = () => command({ kind: 'reaction.add', target, emoji: '👍' })
    const remove = () => command({ kind: 'reaction.remove', target, emoji: '👍' })
    const statuses: unknown[] = []
    for (const next of [add, remove, remove, add, add]) {
      const [answer] = await world.submit(next())
      statuses.push(answer?.result.status)
      await world.environment.advance(900)
    }
    expect(statuses).toEqual(['accepted', 'accepted', 'noop', 'accepted', 'noop'])
    await world.environment.advance(10_000)
    const [answer] = await world.submit(add())
    expect(answer?.result.status).toBe('noop')
  })
})
