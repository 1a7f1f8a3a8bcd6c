import { LIMITS } from '@tidings/protocol'
import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/stream/command.js'
import { command, createWorld, foldBy, send, targetOf } from './world.js'

const WINDOW = LIMITS.idempotencyWindowMs

/** The same command, sent again: another origin, another acceptance. */
const again = (first: Command, acceptedAt = first.acceptedAt): Command => ({
  ...first,
  acceptedAt,
  messageId: `${first.messageId}-again`,
  origin: { processId: 'p2', replyTo: `again-${first.messageId}-${acceptedAt}` },
})

describe('repeats of a command (R4)', () => {
  it('I3, R4: a repeat is answered with the first result, whether in the same batch or later', async () => {
    const world = await createWorld()
    const first = send('once')
    const [one, two] = await world.submit(first, again(first, 1_001))
    const [three] = await world.submit(again(first, 1_002))
    expect(one).toMatchObject({ deduplicated: false, result: { channelSeq: 1 } })
    for (const repeat of [two, three]) {
      expect(repeat).toMatchObject({ deduplicated: true, result: one?.result })
    }
    expect(await world.served()).toHaveLength(1)
  })

  it('I3, R4: a new owner answers a repeat with the first result, from the store', async () => {
    const world = await createWorld()
    const first = send('once')
    const [one] = await world.submit(first)
    world.controls.loseOwnership(0)
    const [two] = await world.submit(again(first))
    expect(two).toMatchObject({ deduplicated: true, result: one?.result })
  })

  it('R4: the window is judged by the stamped times: at 7 days known, a millisecond later new', async () => {
    const world = await createWorld()
    const first = send('once')
    await world.submit(first)
    const [atWindow] = await world.submit(again(first, first.acceptedAt + WINDOW))
    const [beyond] = await world.submit(again(first, first.acceptedAt + WINDOW + 1))
    expect(atWindow).toMatchObject({ deduplicated: true, result: { channelSeq: 1 } })
    expect(beyond).toMatchObject({ deduplicated: false, result: { channelSeq: 2 } })
  })

  it('R4: a repeat never changes the first’s row, so a later repeat is measured from the first', async () => {
    const world = await createWorld()
    const first = send('once')
    await world.submit(first)
    await world.submit(again(first, first.acceptedAt + WINDOW))
    const [answer] = await world.submit(again(first, first.acceptedAt + WINDOW + 5))
    expect(answer).toMatchObject({ deduplicated: false, result: { channelSeq: 2 } })
  })

  it('R2, R4: a repeat within the window stays one when it is folded again after a later command took the id', async () => {
    const world = await createWorld({ commitLagMs: 2_000 })
    const first = send('once')
    await world.submit(first)
    await world.environment.advance(2_000)
    const within = again(first, first.acceptedAt + WINDOW)
    const beyond = again(first, first.acceptedAt + WINDOW + 1)
    await world.submit(within, beyond)
    world.controls.loseOwnership(0)
    await world.environment.settle()
    expect(world.alarms).toEqual([])
    expect(world.troubles).toEqual([])
    expect(world.answerTo(within)).toMatchObject({ deduplicated: true, result: { channelSeq: 1 } })
    expect(world.answerTo(beyond)).toMatchObject({ deduplicated: false, result: { channelSeq: 2 } })
  })

  it('R5: a rejection is remembered, so that its repeat gets the same although it could now succeed', async () => {
    const world = await createWorld()
    const target = { epoch: 1, seq: 1, messageId: 'm1' }
    const early = command({ kind: 'reaction.add', target, emoji: '👍' })
    const [rejected] = await world.submit(early)
    await world.submit(send('now it is there', { messageId: 'm1' }))
    const [repeat] = await world.submit(again(early))
    expect(rejected?.result).toMatchObject({ status: 'rejected', code: 'not_found' })
    expect(repeat).toMatchObject({ deduplicated: true, result: rejected?.result })
  })

  it('R5: a change of nothing is remembered like any result', async () => {
    const world = await createWorld()
    const [said] = await world.submit(send('hi'))
    const target = targetOf(said?.result)
    const remove = command({ kind: 'reaction.remove', target, emoji: '👍' })
    await world.submit(remove, command({ kind: 'reaction.add', target, emoji: '👍' }))
    const [repeat] = await world.submit(again(remove))
    expect(repeat).toMatchObject({ deduplicated: true, result: { status: 'noop' } })
    expect(await world.served()).toHaveLength(2)
  })

  it('I3: the same client id from another user or in another channel is another command', async () => {
    const world = await createWorld()
    const answers = await world.submit(
      send('a', { clientMsgId: 'c1' }),
      send('b', { clientMsgId: 'c1', userId: 'bob' }),
      send('c', { clientMsgId: 'c1', channelId: 'random' }),
    )
    expect(answers.map((answer) => answer?.result)).toMatchObject([
      { channelSeq: 1 },
      { channelSeq: 2 },
      { channelSeq: 1 },
    ])
  })

  it('R4: a row of its id at or above the command was written by a sequencer ahead and does not count', async () => {
    const world = await createWorld({ reading: false })
    const first = send('once')
    await world.controls.log.append([first])
    await foldBy(world)
    await foldBy(world)
    expect(world.answerTo(first)).toMatchObject({ deduplicated: false, result: { channelSeq: 1 } })
    expect(await world.served()).toHaveLength(1)
  })

  it('R3, R4: a known id that is numbered above the head is an alarm, never an answer', async () => {
    const world = await createWorld({ stores: { generation: 1 } })
    const first = send('once')
    // the store kept the id of an older generation and lost its row
    world.tables.apply({
      step: 'id',
      row: {
        id: { channelId: 'general', userId: 'ada', clientMsgId: first.clientMsgId },
        position: { generation: 0, partition: 0, offset: 7 },
        acceptedAt: first.acceptedAt,
        result: { status: 'accepted', epoch: 1, channelSeq: 5, messageId: 'm', ts: 1 },
      },
    })
    const [answer] = await world.submit(first)
    await world.environment.advance(10_000)
    expect(answer).toBeUndefined()
    expect(world.alarms).toHaveLength(1)
    expect(await world.served()).toEqual([])
  })
})
