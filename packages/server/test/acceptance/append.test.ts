import { describe, expect, it } from 'vitest'
import { createWorld } from './world.js'

describe('what goes into the log', () => {
  it('R5: stamps clock, id, role, membership version and origin once', async () => {
    const world = createWorld()
    const frame = world.send({ epoch: 2, reply_to: { seq: 4, message_id: 'm4' } })
    await world.submitOne(frame, { trace: '00-aa-bb-01' })
    expect(world.appended).toEqual([
      [
        {
          kind: 'message.send',
          channelId: 'general',
          userId: 'alice',
          clientMsgId: frame.client_msg_id,
          text: 'hello',
          replyTo: { seq: 4, message_id: 'm4', epoch: 2 },
          rules: 1,
          messageId: expect.stringMatching(/^\d+$/),
          acceptedAt: world.environment.now(),
          role: 'member',
          membershipVersion: 3,
          origin: { processId: 'p1', replyTo: 'r1' },
          requestId: 'q1',
          trace: '00-aa-bb-01',
        },
      ],
    ])
  })

  it('names a target with the epoch in which the sender knows it', async () => {
    const world = createWorld()
    await world.submitOne({
      ...world.send({ epoch: 3 }),
      type: 'reaction.add',
      emoji: '👍',
      target_seq: 5,
      target_message_id: 'm5',
    })
    expect(world.appended[0]?.[0]).toMatchObject({
      kind: 'reaction.add',
      emoji: '👍',
      target: { epoch: 3, seq: 5, messageId: 'm5' },
    })
  })

  it('[P-41] puts all requests of a call into one append, in order, without the refused', async () => {
    const world = createWorld()
    const frames = [
      world.send({ text: '1' }),
      world.send({ channel_id: 'no' }),
      world.send({ text: '2' }),
    ]
    const verdicts = await world.acceptance.submit(frames.map((frame) => world.request(frame)))
    expect(verdicts.map((verdict) => verdict.status)).toEqual(['appended', 'refused', 'appended'])
    expect(
      world.appended.map((batch) => batch.map((command) => 'text' in command && command.text)),
    ).toEqual([['1', '2']])
  })

  it('says unknown when the log does not know, and not sent when it refused', async () => {
    const outcomes = [
      { status: 'unknown', reason: 'timeout' },
      { status: 'refused', reason: 'full', retryAfterMs: 250 },
    ] as const
    const world = createWorld({ append: async () => outcomes })
    const verdicts = await world.acceptance.submit([
      world.request(world.send()),
      world.request(world.send()),
    ])
    expect(verdicts).toMatchObject([
      { code: 'unavailable', outcome: 'unknown', retryAfterMs: 1_000 },
      { code: 'unavailable', outcome: 'not_sent', retryAfterMs: 250 },
    ])
  })

  it('says unknown when the append rejects or answers too little: it never rejects itself', async () => {
    for (const append of [() => Promise.reject(new Error('away')), async () => []]) {
      const world = createWorld({ append })
      expect(await world.submitOne(world.send())).toMatchObject({
        code: 'unavailable',
        outcome: 'unknown',
      })
    }
  })

  it('makes no id when the lease of the node may be over', async () => {
    const world = createWorld()
    world.loseLease()
    expect(await world.submitOne(world.send())).toMatchObject({
      code: 'unavailable',
      outcome: 'not_sent',
    })
    expect(world.appended).toEqual([])
  })

  it('I7: refuses what exceeds the bound of pending commands', async () => {
    const stuck = Promise.withResolvers<never>()
    const world = createWorld({ append: () => stuck.promise, options: { pendingMax: 2 } })
    void world.acceptance.submit([world.request(world.send()), world.request(world.send())])
    expect(await world.submitOne(world.send())).toMatchObject({
      code: 'unavailable',
      outcome: 'not_sent',
    })
  })
})
