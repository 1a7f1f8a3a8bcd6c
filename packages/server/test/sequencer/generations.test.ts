import { describe, expect, it } from 'vitest'
import { StoreTables } from '../../src/adapters/memory/store-tables.js'
import type { Command } from '../../src/stream/command.js'
import { command, createWorld, send, targetOf } from './world.js'

const raise = (epoch: number, fromSeq: number, id = `~e${epoch}`): Command =>
  command({ kind: 'epoch.raise', epoch, fromSeq }, { clientMsgId: id, origin: undefined })

describe('generations and epochs (R10)', () => {
  it('R10: a new generation goes on from what the older one stored', async () => {
    const tables = new StoreTables()
    const old = await createWorld({ tables, generation: 1 })
    const first = send('one')
    await old.submit(first)
    const world = await createWorld({ tables, generation: 2 })
    const [two, repeat] = await world.submit(send('two'), first)
    expect(two?.result).toMatchObject({ channelSeq: 2, epoch: 1 })
    expect(repeat).toMatchObject({ deduplicated: true, result: { channelSeq: 1 } })
  })

  it('R10: a raise starts numbering anew above its number; what lay above is void, what lay below stays', async () => {
    const tables = new StoreTables()
    const old = await createWorld({ tables, generation: 1 })
    await old.submit(send('one'), send('two'), send('lost'))
    const world = await createWorld({ tables, generation: 2 })
    const [, three] = await world.submit(raise(2, 2), send('three'))
    expect(three?.result).toMatchObject({ epoch: 2, channelSeq: 3 })
    expect(await world.served()).toMatchObject([
      { channel_seq: 1, text: 'one' },
      { channel_seq: 2, text: 'two' },
      { channel_seq: 3, text: 'three', epoch: 2, message_count: 3 },
    ])
    expect(world.announcements.flatMap((a) => a.channels)).toMatchObject([
      { epoch: 2, fromSeq: 2, headSeq: 2, messageCount: 2, events: [] },
      { epoch: 2, fromSeq: 2, headSeq: 3, messageCount: 3 },
    ])
  })

  it('R4, R10: a known id counts if its number is at or below every later start, else it is new', async () => {
    const tables = new StoreTables()
    const old = await createWorld({ tables, generation: 1 })
    const kept = send('kept')
    const lost = send('lost')
    await old.submit(kept, lost)
    const world = await createWorld({ tables, generation: 2 })
    const [, keptAgain, lostAgain] = await world.submit(raise(2, 1), kept, lost)
    expect(keptAgain).toMatchObject({ deduplicated: true, result: { epoch: 1, channelSeq: 1 } })
    expect(lostAgain).toMatchObject({ deduplicated: false, result: { epoch: 2, channelSeq: 2 } })
  })

  it('R5, R10: an effect of a void event does not count: the message is not deleted, the reaction not there', async () => {
    const tables = new StoreTables()
    const old = await createWorld({ tables, generation: 1 })
    const [said] = await old.submit(send('hi'))
    const target = targetOf(said?.result)
    await old.submit(
      command({ kind: 'reaction.add', target, emoji: '👍' }),
      command({ kind: 'message.delete', target }),
    )
    const world = await createWorld({ tables, generation: 2 })
    const add = command({ kind: 'reaction.add', target, emoji: '👍' })
    const [, answer] = await world.submit(raise(2, 1), add)
    expect(answer?.result).toMatchObject({ status: 'accepted', epoch: 2, channelSeq: 2 })
    expect(await world.served()).toMatchObject([
      { text: 'hi', rev: 2, reactions: [{ count: 1 }] },
      { type: 'reaction.added' },
    ])
  })

  it('R10: a raise inside an assignment voids what that assignment remembers', async () => {
    for (const commitLagMs of [0, 2_000]) {
      const world = await createWorld({ commitLagMs })
      const [said] = await world.submit(send('hi'))
      const target = targetOf(said?.result)
      const lost = command({ kind: 'reaction.add', target, emoji: '👍' })
      await world.submit(lost)
      const add = command({ kind: 'reaction.add', target, emoji: '👍' })
      const edit = command({ kind: 'message.edit', target: { ...target, epoch: 2 }, text: 'ho' })
      await world.submit(raise(2, 1), lost, add, edit)
      await world.environment.advance(10_000)
      expect([lost, add, edit].map((c) => world.answerTo(c)?.result)).toMatchObject([
        { status: 'accepted', epoch: 2, channelSeq: 2 },
        { status: 'noop', epoch: 2 },
        { status: 'accepted', epoch: 2, channelSeq: 3 },
      ])
      expect(world.alarms).toEqual([])
    }
  })

  it('R10: a target named in an older epoch is found below its end and void above', async () => {
    const tables = new StoreTables()
    const old = await createWorld({ tables, generation: 1 })
    const answers = await old.submit(send('one'), send('two'))
    const [one, two] = answers.map((answer) => targetOf(answer?.result))
    const world = await createWorld({ tables, generation: 2 })
    if (one === undefined || two === undefined) throw new Error('both were accepted')
    const edits = [one, two, { ...one, epoch: 2 }].map((target) =>
      command({ kind: 'message.edit', target, text: 'x' }),
    )
    const [, ...edited] = await world.submit(raise(2, 1), ...edits)
    expect(edited.map((answer) => answer?.result)).toMatchObject([
      { status: 'accepted' },
      { status: 'rejected', code: 'not_found' },
      { status: 'accepted' },
    ])
  })

  it('R10: a repeated raise changes nothing, a lower one conflicts', async () => {
    const world = await createWorld()
    await world.submit(send('one'), send('two'))
    const id = (n: number) => ({ origin: { processId: 'p', replyTo: `raise-${n}` } })
    const commands = [
      { ...raise(3, 1), ...id(1) },
      { ...raise(3, 1), ...id(2) },
      { ...raise(3, 1, '~other'), ...id(3) },
      { ...raise(2, 1), ...id(4) },
    ]
    const answers = await world.submit(...commands)
    expect(answers.map((answer) => [answer?.result.status, answer?.deduplicated])).toEqual([
      ['noop', false],
      ['noop', true],
      ['noop', false],
      ['rejected', false],
    ])
    expect((await world.store.heads(['general']))[0]).toMatchObject({
      epochs: [
        { epoch: 1, fromSeq: 0 },
        { epoch: 3, fromSeq: 1 },
      ],
    })
  })

  it('R3, R10: a raise above the head means that the store went back once more: an alarm', async () => {
    const world = await createWorld()
    await world.submit(send('one'), raise(2, 5))
    await world.environment.advance(60_000)
    expect(world.alarms).toHaveLength(1)
  })

  it.each([
    ['before it is committed', 1_000],
    ['after it is committed', 2_100],
  ])(
    'R2, R10: a raise and what followed, folded again %s, get the same numbers',
    async (_, waitMs) => {
      const world = await createWorld({ commitLagMs: 2_000 })
      await world.submit(send('one'), send('lost'))
      await world.environment.advance(5_000)
      const after = send('after')
      await world.submit(raise(2, 1), after)
      await world.environment.advance(waitMs)
      world.controls.loseOwnership(0)
      await world.environment.advance(10_000)
      expect(world.alarms).toEqual([])
      expect(world.troubles).toEqual([])
      expect(world.answerTo(after)?.result).toMatchObject({ epoch: 2, channelSeq: 2 })
      expect(await world.served()).toHaveLength(2)
    },
  )
})

describe('one set of rules (R11)', () => {
  it.each([
    ['kind', { kind: 'poll.open' }],
    ['rules version', { rules: 2 }],
  ])(
    'R11: an unknown %s is left alone: what is before it is done, the process is told to leave',
    async (_, fields) => {
      const world = await createWorld()
      const strange = { ...send('?'), ...fields } as Command
      const [before, unknown, after] = await world.submit(send('one'), strange, send('two'))
      await world.environment.advance(60_000)
      expect(before?.result.status).toBe('accepted')
      expect([unknown, after]).toEqual([undefined, undefined])
      expect(world.unknown).toHaveLength(1)
      expect(world.unknown[0]?.message).toContain('offset 1')
      expect(await world.controls.log.lag()).toEqual([2])
    },
  )
})
