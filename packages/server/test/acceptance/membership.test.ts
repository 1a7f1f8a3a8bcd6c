import { describe, expect, it } from 'vitest'
import { createWorld, member } from './world.js'

const channels = [
  { channelId: 'open', workspaceId: 'w1', kind: 'public' },
  { channelId: 'closed', workspaceId: 'w1', kind: 'private' },
] as const

describe('who may send', () => {
  it('[P-47] tells a stranger nothing: a private channel and none at all are the same', async () => {
    const world = createWorld({ channels, colleagues: ['carol'] })
    for (const channel_id of ['closed', 'nowhere']) {
      const verdict = await world.submitOne(world.send({ channel_id }), { userId: 'carol' })
      expect(verdict).toMatchObject({ status: 'refused', code: 'channel_not_found' })
    }
    expect(world.appended).toEqual([])
  })

  it('[P-47] tells a colleague of a public channel to join first', async () => {
    const world = createWorld({ channels, colleagues: ['carol'] })
    const verdict = await world.submitOne(world.send({ channel_id: 'open' }), { userId: 'carol' })
    expect(verdict).toMatchObject({ status: 'refused', code: 'not_in_channel' })
  })

  it('[P-47] does not tell another workspace that a public channel is there', async () => {
    const world = createWorld({ channels })
    const verdict = await world.submitOne(world.send({ channel_id: 'open' }), { userId: 'carol' })
    expect(verdict).toMatchObject({ status: 'refused', code: 'channel_not_found' })
  })

  it('[P-47] refuses every command of a read-only member with forbidden', async () => {
    const world = createWorld({ members: [member('alice', { role: 'read_only' })] })
    const target = { target_seq: 1, target_message_id: 'm1' }
    const frames = [
      world.send(),
      { ...world.send(), type: 'message.edit', ...target },
      { ...world.send(), type: 'message.delete', ...target },
      { ...world.send(), type: 'reaction.add', emoji: '👍', ...target },
      { ...world.send(), type: 'reaction.remove', emoji: '👍', ...target },
    ] as const
    for (const frame of frames) {
      expect(await world.submitOne(frame)).toMatchObject({ status: 'refused', code: 'forbidden' })
    }
    expect(world.appended).toEqual([])
  })

  it('[P-42] I8: a target before the member joined is not there for them', async () => {
    const world = createWorld({ members: [member('alice', { visibleFromSeq: 10 })] })
    const at = (target_seq: number) => ({
      ...world.send(),
      type: 'message.edit' as const,
      target_seq,
      target_message_id: 'm1',
    })
    expect(await world.submitOne(at(9))).toMatchObject({ status: 'refused', code: 'not_found' })
    expect(await world.submitOne(at(10))).toEqual({ status: 'appended' })
    const reply = world.send({ reply_to: { seq: 9, message_id: 'm1' } })
    expect(await world.submitOne(reply)).toMatchObject({ status: 'refused', code: 'not_found' })
  })

  it('lets the server itself act as anyone, without membership, limits or hooks', async () => {
    const world = createWorld({
      members: [],
      hooks: { authorize: () => false },
      options: { userRate: { perSecond: 1, burst: 1 } },
    })
    for (let i = 0; i < 3; i++) {
      const verdict = await world.submitOne(world.send(), { userId: 'carol', asServer: true })
      expect(verdict).toEqual({ status: 'appended' })
    }
    expect(world.appended[0]?.[0]).toMatchObject({ userId: 'carol', role: 'owner' })
  })

  it('refuses for now when the directory does not answer', async () => {
    const world = createWorld()
    Object.defineProperty(world.members, 'find', {
      value: () => {
        throw new Error('away')
      },
    })
    expect(await world.submitOne(world.send())).toMatchObject({
      status: 'refused',
      code: 'unavailable',
      outcome: 'not_sent',
      retryAfterMs: 1_000,
    })
  })
})
