import { describe, expect, it } from 'vitest'
import { typing } from '../../src/features/typing/index.js'
import { testEntry } from '../../src/testing/frames.js'
import { NOTHING, over } from '../client/set-up.js'
import { changesOf, setUp } from './set-up.js'

const update = (userId: string, state: string, channelId = 'general') => ({
  type: 'typing.update',
  channel_id: channelId,
  user_id: userId,
  state,
})

const start = ' {"channel_id":"general","state":"start"}'
const stop = ' {"channel_id":"general","state":"stop"}'

describe('what a typing user says', () => {
  it('[P-97] is said at once, and again every 3 s for as long as keys are pressed', async () => {
    const { world, api, heard } = await setUp(typing(), 'typing')
    for (let ms = 0; ms < 10_000; ms += 200) {
      api.in('general').start()
      await world.advance(200)
    }
    expect(await heard()).toEqual([start, start, start, start])
  })

  it('is over 5 s after the last key', async () => {
    const { world, api, heard } = await setUp(typing(), 'typing')
    api.in('general').start()
    await world.advance(4_900)
    expect(await heard()).toEqual([start])
    await world.advance(100)
    expect(await heard()).toEqual([stop])
    await world.advance(60_000)
    expect(await heard()).toEqual([])
  })

  it('is over when the application says so, once', async () => {
    const { api, heard } = await setUp(typing(), 'typing')
    const general = api.in('general')
    general.stop()
    general.start()
    general.stop()
    general.stop()
    expect(await heard()).toEqual([start, stop])
    general.start()
    expect(await heard()).toEqual([start])
  })

  it('is over without a word when the own message is there, and begins anew at the next key', async () => {
    const { world, client, api, heard } = await setUp(typing(), 'typing')
    api.in('general').start()
    await over(world, client.channel('general').send('Hello'))
    await world.advance(10)
    expect(await heard()).toEqual([start])
    await world.advance(6_000)
    expect(await heard()).toEqual([])
    api.in('general').start()
    expect(await heard()).toEqual([start])
  })

  it('is not kept while offline, and said again on the next connection', async () => {
    const { api, heard, reconnect } = await setUp(typing(), 'typing')
    const general = api.in('general')
    general.start()
    expect(await heard()).toEqual([start])
    await reconnect(() => general.start())
    expect(await heard()).toEqual([])
    general.start()
    expect(await heard()).toEqual([start])
  })

  it('is not said to a server that refused it, until the next connection', async () => {
    const { world, api, answers, heard, reconnect } = await setUp(typing(), 'typing')
    answers.take = ({ ref }, socket) =>
      socket.send({ type: 'error', ref, code: 'unknown_type', message: '', retryable: false })
    const general = api.in('general')
    general.start()
    await world.advance(4_000)
    general.start()
    general.stop()
    expect(await heard()).toEqual([start])
    await reconnect()
    general.start()
    expect(await heard()).toEqual([start])
  })

  it('is over without a word in a channel that the user was taken out of, and said again when they are back', async () => {
    const { world, api, answers, heard, tell } = await setUp(typing(), 'typing')
    const general = api.in('general')
    general.start()
    await tell({ type: 'channel.removed', channel_id: 'general', last_seq: 0, reason: 'kicked' })
    await world.advance(6_000)
    expect(await heard()).toEqual([start])
    // what was under way as they were taken out
    answers.take = ({ ref }, socket) =>
      socket.send({ type: 'error', ref, code: 'channel_not_found', message: '', retryable: false })
    general.start()
    expect(await heard()).toEqual([start])
    general.start()
    expect(await heard()).toEqual([])
    answers.take = () => {}
    await tell({ type: 'channel.added', channel: testEntry() })
    general.start()
    expect(await heard()).toEqual([start])
  })

  it('is said again where an answer is the first to say that the channel is theirs', async () => {
    const { api, answers, heard, listed } = await setUp(typing(), 'typing')
    answers.take = ({ ref }, socket) =>
      socket.send({ type: 'error', ref, code: 'channel_not_found', message: '', retryable: false })
    const made = api.in('made')
    made.start()
    expect(await heard()).toHaveLength(1)
    answers.take = () => {}
    await listed('made')
    made.start()
    expect(await heard()).toEqual([' {"channel_id":"made","state":"start"}'])
  })

  it('takes times of your own, and refuses what is none', async () => {
    expect(() => typing({ repeatMs: 0 })).toThrow('repeatMs')
    expect(() => typing({ stopAfterMs: Number.NaN })).toThrow('stopAfterMs')
    const { world, api, heard } = await setUp(typing({ stopAfterMs: 1_000 }), 'typing')
    expect(() => api.in('')).toThrow('channelId must be an id')
    api.in('general').start()
    await world.advance(1_000)
    expect(await heard()).toEqual([start, stop])
  })
})

describe('who else types', () => {
  it('is listed in order of beginning, by a snapshot that is the same until it changes', async () => {
    const { api, tell } = await setUp(typing(), 'typing')
    const general = api.in('general')
    const changes = changesOf(general)
    await tell(update('bob', 'start'), update('carol', 'start'))
    const both = general.getSnapshot()
    expect(both).toEqual(['bob', 'carol'])
    await tell(update('bob', 'start'))
    expect(general.getSnapshot()).toBe(both)
    expect(changes()).toBe(2)
    await tell(update('bob', 'stop'))
    expect(general.getSnapshot()).toEqual(['carol'])
    expect(api.in('general')).toBe(general)
  })

  it('[P-97] is over after 6 s without a word, each by itself', async () => {
    const { world, api, tell } = await setUp(typing(), 'typing')
    const general = api.in('general')
    await tell(update('bob', 'start'))
    await world.advance(3_000)
    await tell(update('carol', 'start'))
    await world.advance(2_900)
    expect(general.getSnapshot()).toEqual(['bob', 'carol'])
    await world.advance(100)
    expect(general.getSnapshot()).toEqual(['carol'])
    await tell(update('carol', 'start'))
    await world.advance(5_900)
    expect(general.getSnapshot()).toEqual(['carol'])
    await world.advance(100)
    expect(general.getSnapshot()).toEqual([])
  })

  it('[P-97] is over when a message of theirs comes', async () => {
    const { server, world, api, tell } = await setUp(typing(), 'typing')
    await tell(update('bob', 'start'), update('carol', 'start'))
    const general = api.in('general')
    expect(general.getSnapshot()).toEqual([])
    await tell(update('bob', 'start'), update('carol', 'start'))
    server.say('There.', 'bob')
    await world.advance(5)
    expect(general.getSnapshot()).toEqual(['carol'])
  })

  it('is nobody while offline, nobody in other channels, and never this user', async () => {
    const { api, tell, reconnect } = await setUp(typing(), 'typing')
    const general = api.in('general')
    await tell(update('alice', 'start'), update('bob', 'start', 'elsewhere'))
    expect(general.getSnapshot()).toEqual([])
    await tell(update('bob', 'start'))
    await reconnect(() => expect(general.getSnapshot()).toEqual([]))
    expect(general.getSnapshot()).toEqual([])
  })

  it('is at most 50 of a channel (I7)', async () => {
    const { api, tell } = await setUp(typing(), 'typing')
    const general = api.in('general')
    await tell(...Array.from({ length: 60 }, (_, at) => update(`user${at}`, 'start')))
    expect(general.getSnapshot()).toHaveLength(50)
  })

  it('leaves no timer when the client is closed (I9)', async () => {
    const { world, page, client, api, tell } = await setUp(typing(), 'typing')
    const general = api.in('general')
    general.start()
    await tell(update('bob', 'start'))
    await over(world, client.close())
    await world.advance(5)
    expect(page.open()).toEqual(NOTHING)
    general.start()
    expect(page.open()).toEqual(NOTHING)
  })
})
