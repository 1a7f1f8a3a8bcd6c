import { describe, expect, it } from 'vitest'
import { command, createWorld, send, targetOf } from './world.js'

const missing = { epoch: 1, seq: 99, messageId: 'nothing' }

describe('what the fold decides (R5)', () => {
  it('I2: numbers what is new from 1, without a hole, and counts the messages on every event', async () => {
    const world = await createWorld()
    const [first] = await world.submit(send('one'))
    const target = targetOf(first?.result)
    await world.submit(
      command({ kind: 'reaction.add', target, emoji: '👍' }),
      send('two'),
      command({ kind: 'message.edit', target, text: 'uno' }),
    )
    const events = await world.served()
    expect(events.map((event) => [event.type, event.channel_seq, event.message_count])).toEqual([
      ['message.new', 1, 1],
      ['reaction.added', 2, 1],
      ['message.new', 3, 2],
      ['message.edited', 4, 2],
    ])
  })

  it('R5: stamps of acceptance become the event, and nothing else does', async () => {
    const world = await createWorld()
    const said = command(
      {
        kind: 'message.send',
        text: 'hello',
        attachments: [{ url: 'https://example.com/a' }],
        metadata: { tone: 'calm' },
      },
      { acceptedAt: 42, messageId: 'm1', clientMsgId: 'c1' },
    )
    const [answer] = await world.submit(said)
    expect(answer?.result).toEqual({
      status: 'accepted',
      epoch: 1,
      channelSeq: 1,
      messageId: 'm1',
      ts: 42,
    })
    expect(await world.served()).toEqual([
      {
        type: 'message.new',
        channel_id: 'general',
        channel_seq: 1,
        message_count: 1,
        user_id: 'ada',
        client_msg_id: 'c1',
        ts: 42,
        message_id: 'm1',
        text: 'hello',
        attachments: [{ url: 'https://example.com/a' }],
        metadata: { tone: 'calm' },
      },
    ])
  })

  it('R5: only its author edits a message, and an edit always takes a number [P-43]', async () => {
    const world = await createWorld()
    const [said] = await world.submit(send('same'))
    const target = targetOf(said?.result)
    const edit = { kind: 'message.edit', target, text: 'same' } as const
    const [own, other, owner] = await world.submit(
      command(edit),
      command(edit, { userId: 'bob' }),
      command(edit, { userId: 'eve', role: 'owner' }),
    )
    expect(own?.result).toMatchObject({
      status: 'accepted',
      channelSeq: 2,
      messageId: target.messageId,
    })
    expect(other?.result).toMatchObject({ status: 'rejected', code: 'forbidden' })
    expect(owner?.result).toMatchObject({ status: 'rejected', code: 'forbidden' })
  })

  it.each([
    ['its author', { userId: 'ada', role: 'member' }, 'accepted'],
    ['an owner', { userId: 'eve', role: 'owner' }, 'accepted'],
    ['an admin', { userId: 'eve', role: 'admin' }, 'accepted'],
    ['another member', { userId: 'bob', role: 'member' }, 'rejected'],
    ['a reader', { userId: 'bob', role: 'read_only' }, 'rejected'],
  ] as const)('R5: a delete by %s is %s', async (_, fields, status) => {
    const world = await createWorld()
    const [said] = await world.submit(send('gone soon'))
    const remove = command({ kind: 'message.delete', target: targetOf(said?.result) }, fields)
    const [answer] = await world.submit(remove)
    expect(answer?.result.status).toBe(status)
  })

  it('R5: delete wins for ever: edits, reactions and replies after it conflict, a second delete is a noop', async () => {
    const world = await createWorld()
    const [said] = await world.submit(send('oops'))
    const target = targetOf(said?.result)
    const replyTo = { epoch: 1, seq: target.seq, message_id: target.messageId }
    const [removed, ...after] = await world.submit(
      command({ kind: 'message.delete', target }),
      command({ kind: 'message.edit', target, text: 'back' }),
      command({ kind: 'reaction.add', target, emoji: '👍' }),
      command({ kind: 'reaction.remove', target, emoji: '👍' }),
      command({ kind: 'message.send', text: 'why?', replyTo }),
      command({ kind: 'message.delete', target }),
    )
    expect(removed?.result).toMatchObject({ status: 'accepted', channelSeq: 2 })
    expect(after.map((answer) => answer?.result)).toMatchObject([
      { status: 'rejected', code: 'conflict' },
      { status: 'rejected', code: 'conflict' },
      { status: 'rejected', code: 'conflict' },
      { status: 'rejected', code: 'conflict' },
      { status: 'noop', messageId: target.messageId },
    ])
    expect(await world.served()).toHaveLength(2)
  })

  it('R5: reactions are a set per user and emoji: a change of nothing takes no number', async () => {
    const world = await createWorld()
    const [said] = await world.submit(send('nice'))
    const target = targetOf(said?.result)
    const add = { kind: 'reaction.add', target, emoji: '👍' } as const
    const remove = { kind: 'reaction.remove', target, emoji: '👍' } as const
    const answers = [
      ...(await world.submit(command(add), command(add))),
      ...(await world.submit(command(add), command(add, { userId: 'bob' }))),
      ...(await world.submit(command(remove), command(remove), command(add))),
    ]
    expect(answers.map((answer) => answer?.result.status)).toEqual([
      'accepted',
      'noop',
      'noop',
      'accepted',
      'accepted',
      'noop',
      'accepted',
    ])
    const [message] = await world.served()
    expect(message).toMatchObject({
      reactions: [{ emoji: '👍', count: 2, user_ids: ['bob', 'ada'] }],
    })
  })

  it('R5: another message at that number, or a number above the head, is not found', async () => {
    const world = await createWorld()
    const [said] = await world.submit(send('here'))
    const target = targetOf(said?.result)
    const named = [
      { ...target, messageId: 'other' },
      missing,
      { ...target, epoch: 2 },
      { ...target, seq: 0 },
    ]
    const answers = await world.submit(
      ...named.map((wrong) => command({ kind: 'message.edit', target: wrong, text: 'x' })),
      ...named.map((wrong) => command({ kind: 'message.delete', target: wrong })),
      ...named.map((wrong) => command({ kind: 'reaction.add', target: wrong, emoji: '👍' })),
      ...named.map(({ epoch, seq, messageId }) => {
        const replyTo = { epoch, seq, message_id: messageId }
        return command({ kind: 'message.send', text: 'x', replyTo })
      }),
    )
    expect(answers).toHaveLength(16)
    for (const answer of answers) {
      expect(answer?.result).toMatchObject({ status: 'rejected', code: 'not_found' })
    }
  })

  it('R5: an event that is not a message cannot be edited', async () => {
    const world = await createWorld()
    const [joined] = await world.submit(command({ kind: 'member.join', role: 'member' }))
    const target = targetOf(joined?.result)
    const [answer] = await world.submit(command({ kind: 'message.edit', target, text: 'x' }))
    expect(answer?.result).toMatchObject({ status: 'rejected', code: 'not_found' })
  })

  it('R5: a reply names its root and raises the root’s count', async () => {
    const world = await createWorld()
    const [root] = await world.submit(send('question'))
    const { seq, messageId } = targetOf(root?.result)
    const replyTo = { epoch: 1, seq, message_id: messageId }
    await world.submit(
      command({ kind: 'message.send', text: 'answer', replyTo }),
      command({ kind: 'message.send', text: 'another', replyTo }),
    )
    const [served, reply] = await world.served()
    expect(served).toMatchObject({ reply_count: 2, rev: 3 })
    expect(reply).toMatchObject({ reply_to: { seq, message_id: messageId } })
  })

  it('R15: what the directory decided takes numbers too', async () => {
    const world = await createWorld()
    const fields = { clientMsgId: '~1', origin: undefined }
    await world.submit(
      command({ kind: 'member.join', role: 'admin', byUserId: 'eve' }, fields),
      command(
        { kind: 'channel.update', name: 'Général', member: { user_id: 'bob', role: 'owner' } },
        { ...fields, clientMsgId: '~2' },
      ),
      command(
        { kind: 'member.leave', reason: 'kicked', byUserId: 'eve' },
        { ...fields, clientMsgId: '~3' },
      ),
    )
    expect(await world.served()).toMatchObject([
      { type: 'member.joined', channel_seq: 1, user_id: 'ada', role: 'admin', by_user_id: 'eve' },
      { type: 'channel.updated', channel_seq: 2, name: 'Général', member: { user_id: 'bob' } },
      {
        type: 'member.left',
        channel_seq: 3,
        reason: 'kicked',
        by_user_id: 'eve',
        message_count: 0,
      },
    ])
  })

  it('R6: retention raises the oldest number by a command; what lies below is not found', async () => {
    const world = await createWorld()
    const [first] = await world.submit(send('old'), send('new'))
    const raise = { kind: 'retention.raise', oldestSeq: 2 } as const
    const [raised, again, tooFar] = await world.submit(
      command(raise, { clientMsgId: '~r1' }),
      command(raise, { clientMsgId: '~r2' }),
      command({ kind: 'retention.raise', oldestSeq: 4 }, { clientMsgId: '~r3' }),
    )
    expect([raised, again, tooFar].map((answer) => answer?.result.status)).toEqual([
      'noop',
      'noop',
      'rejected',
    ])
    const edit = { kind: 'message.edit', target: targetOf(first?.result), text: 'x' } as const
    const [answer] = await world.submit(command(edit))
    expect(answer?.result).toMatchObject({ status: 'rejected', code: 'not_found' })
    const [head] = await world.store.heads(['general'])
    expect(head).toMatchObject({ headSeq: 2, oldestSeq: 2 })
    expect(world.announcements.flatMap((a) => a.channels).at(-1)).toMatchObject({
      oldestSeq: 2,
      events: [],
    })
  })
})
