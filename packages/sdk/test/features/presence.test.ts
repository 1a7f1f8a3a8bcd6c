import { describe, expect, it } from 'vitest'
import { testEntry } from '../../src/testing/frames.js'
import type { AnyEnvelope, VirtualServerSocket } from '../../src/testing/virtual-socket.js'
import { setUp } from './presence-set-up.js'
import { changesOf } from './set-up.js'

const update = (userId: string, status: string, more: object = {}) => ({
  type: 'presence.update',
  channel_id: 'general',
  user_id: userId,
  status,
  ...more,
})

const refuse = ({ ref }: AnyEnvelope, socket: VirtualServerSocket): void =>
  socket.send({ type: 'error', ref, code: 'channel_not_found', message: '', retryable: false })

const subscribe = 'subscribe {"channel_id":"general"}'

describe('presence of a channel', () => {
  it('[P-99] is asked for by the first listener and ended by the last', async () => {
    const { general, heard, shown, world } = await setUp({ bob: 'online', carol: 'offline' })
    expect(await heard()).toEqual([])
    const one = general.subscribe(() => {})
    const two = general.subscribe(() => {})
    expect(await heard()).toEqual([subscribe])
    expect(shown()).toEqual({ bob: 'online', carol: 'offline' })
    expect(general.getSnapshot().isCurrent).toBe(true)
    expect(general.of('bob')).toEqual({ status: 'online' })
    one()
    one()
    expect(await heard()).toEqual([])
    two()
    expect(await heard()).toEqual(['unsubscribe {"channel_id":"general"}'])
    expect(general.getSnapshot().isCurrent).toBe(false)
    await world.advance(60_000)
    expect(await heard()).toEqual([])
  })

  it('follows transitions, each told with what it was before', async () => {
    const { general, tell, changes, shown } = await setUp({ bob: 'online' })
    general.subscribe(() => {})
    await tell()
    const changed = changesOf(general)
    await tell(
      update('bob', 'away'),
      update('bob', 'away'),
      update('bob', 'offline', { last_seen: 7 }),
    )
    expect(changes).toEqual(['bob online > away', 'bob away > offline'])
    expect(changed()).toBe(2)
    expect(general.of('bob')).toEqual({ status: 'offline', lastSeen: 7 })
    await tell(update('dave', 'online'), update('bob', 'dancing'))
    expect(shown()).toEqual({ bob: 'offline', dave: 'online' })
    expect(changes).toHaveLength(2)
  })

  it('keeps what came before and after a snapshot in one frame in their order', async () => {
    const { general, answers, tell, shown } = await setUp()
    answers.take = ({ ref }, socket) =>
      socket.send(
        {
          type: 'presence.snapshot',
          ref,
          channel_id: 'general',
          users: [{ user_id: 'bob', status: 'online' }],
          has_more: true,
        },
        update('bob', 'away'),
        {
          type: 'presence.snapshot',
          ref,
          channel_id: 'general',
          users: [{ user_id: 'carol', status: 'online' }, 7, { user_id: 'x', status: 'y' }],
          has_more: false,
        },
        update('carol', 'offline'),
      )
    general.subscribe(() => {})
    await tell()
    expect(shown()).toEqual({ bob: 'away', carol: 'offline' })
  })

  it('is kept over a reconnect: asked again, and what changed meanwhile is told', async () => {
    const { general, there, heard, reconnect, changes, shown } = await setUp({
      bob: 'online',
      carol: 'online',
      dave: 'online',
    })
    general.subscribe(() => {})
    await heard()
    await reconnect(() => {
      expect(general.getSnapshot().isCurrent).toBe(false)
      expect(shown()).toEqual({ bob: 'online', carol: 'online', dave: 'online' })
      there.bob = 'offline'
      delete there.dave
    })
    expect(await heard()).toEqual([subscribe])
    expect(shown()).toEqual({ bob: 'offline', carol: 'online' })
    expect(general.getSnapshot().isCurrent).toBe(true)
    expect(changes).toEqual(['bob online > offline'])
  })

  it('asks for users by name, also after a reconnect, and for who joins', async () => {
    const { general, there, tell, heard, reconnect, shown } = await setUp({ bob: 'online' })
    general.subscribe(() => {})
    await heard()
    general.name(['zoe'])
    there.zoe = 'away'
    expect(await heard()).toEqual(['subscribe {"channel_id":"general","user_ids":["zoe"]}'])
    expect(shown()).toEqual({ bob: 'online', zoe: 'away' })
    await reconnect()
    expect(await heard()).toEqual([
      subscribe,
      'subscribe {"channel_id":"general","user_ids":["zoe"]}',
    ])
    const member = { channel_id: 'general', message_count: 0, client_msg_id: 'x', ts: 1 }
    there.eve = 'online'
    await tell(
      { type: 'member.joined', ...member, channel_seq: 1, user_id: 'eve', role: 'member' },
      { type: 'member.joined', ...member, channel_seq: 2, user_id: 'finn', role: 'member' },
      { type: 'member.left', ...member, channel_seq: 3, user_id: 'bob', reason: 'left' },
    )
    expect(await heard()).toEqual(['subscribe {"channel_id":"general","user_ids":["eve","finn"]}'])
    expect(shown()).toEqual({ zoe: 'away', eve: 'online', finn: 'offline' })
  })

  it('asks anew without an answer, waits where it is told to, and ends where it is refused', async () => {
    const { general, answers, answer, heard, world, shown } = await setUp({ bob: 'online' })
    answers.take = () => {}
    general.subscribe(() => {})
    expect(await heard()).toEqual([subscribe])
    answers.take = ({ ref }, socket) =>
      socket.send({
        type: 'error',
        ref,
        code: 'rate_limited',
        message: '',
        retryable: true,
        retry_after_ms: 8_000,
      })
    await world.advance(15_000)
    expect(await heard()).toEqual([subscribe])
    answers.take = answer
    await world.advance(7_900)
    expect(await heard()).toEqual([])
    await world.advance(200)
    expect(await heard()).toEqual([subscribe])
    expect(shown()).toEqual({ bob: 'online' })
  })

  it('is asked ever more rarely where it is refused again and again, up to once a minute', async () => {
    const { general, answers, said, world } = await setUp()
    const askedAtMs: number[] = []
    answers.take = ({ ref }, socket) => {
      askedAtMs.push(world.clock.nowMs)
      socket.send({ type: 'error', ref, code: 'rate_limited', message: '', retryable: true })
    }
    general.subscribe(() => {})
    await world.runUntil(() => said.length === 7)
    const waits = askedAtMs.slice(1).map((at, n) => Math.round((at - (askedAtMs[n] ?? 0)) / 1_000))
    expect(waits).toEqual([5, 10, 20, 40, 60, 60])
  })

  it('is not asked of a server that does not know it, until the next connection', async () => {
    const { general, answers, heard, world, reconnect } = await setUp()
    answers.take = ({ ref }, socket) =>
      socket.send({ type: 'error', ref, code: 'unknown_type', message: '', retryable: false })
    general.subscribe(() => {})
    await world.advance(60_000)
    expect(await heard()).toEqual([subscribe])
    await reconnect()
    expect(await heard()).toEqual([subscribe])
    expect(general.getSnapshot().isCurrent).toBe(false)
  })

  it('is forgotten with the channel, and asked for when it is there again', async () => {
    const { general, tell, heard, shown } = await setUp({ bob: 'online' })
    general.subscribe(() => {})
    await heard()
    await tell({ type: 'channel.removed', channel_id: 'general', last_seq: 0, reason: 'left' })
    expect(shown()).toEqual({})
    expect(await heard()).toEqual([])
    await tell({ type: 'channel.added', channel: testEntry() })
    expect(await heard()).toEqual([subscribe])
    expect(shown()).toEqual({ bob: 'online' })
  })

  it('is forgotten with a channel that a greeting says is gone', async () => {
    const { general, heard, reconnect, answers, greetsWithout, shown } = await setUp({
      bob: 'online',
    })
    general.subscribe(() => {})
    await heard()
    expect(shown()).toEqual({ bob: 'online' })
    answers.take = refuse
    greetsWithout()
    await reconnect()
    expect(shown()).toEqual({})
  })

  it('is asked for again where an answer is the first to say that the channel is theirs', async () => {
    const { api, heard, answers, answer, listed } = await setUp({ bob: 'online' })
    const made = api.in('made')
    answers.take = refuse
    made.subscribe(() => {})
    expect(await heard()).toEqual(['subscribe {"channel_id":"made"}'])
    answers.take = answer
    await listed('made')
    expect(await heard()).toEqual(['subscribe {"channel_id":"made"}'])
    expect(made.getSnapshot().isCurrent).toBe(true)
  })
})
