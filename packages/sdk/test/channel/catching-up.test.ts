import { describe, expect, it } from 'vitest'
import type { Gap } from '../../src/channel/items.js'
import { Line } from './fake-server.js'
import { listen } from './listen.js'

const requestsOf = (line: Line, type: string) => line.requests.filter((r) => r.type === type)

describe('catching up', () => {
  it('goes on where it was after a reconnect', async () => {
    const line = new Line()
    line.connect()
    const { channel, said } = await listen(line)
    line.say('1')
    line.connection.disconnect()
    expect(channel.state).toBe('syncing')
    line.say('2')
    line.say('3')
    line.connect()
    await line.advance(100)
    line.say('4')
    expect(said()).toEqual(['live 0', '1', 'syncing 0', '2', '3', 'live 2', '4'])
  })

  it.each(['channel.head', 'channel.changed', 'channel.added'] as const)(
    'is not live without a connection, though the old socket still says %s',
    async (type) => {
      const line = new Line()
      line.connect()
      const { channel, said } = await listen(line)
      line.say('one')
      expect([channel.state, said()]).toEqual(['live', ['live 0', 'one']])
      line.connection.disconnect()
      expect(channel.state).toBe('syncing')
      said()
      const entry = line.channel().entry()
      const frame = type === 'channel.head' ? line.channel().headFrame() : { type, channel: entry }
      line.connection.receive(frame, true)
      await line.advance(60_000)
      expect([channel.state, said()]).toEqual(['syncing', []])
      line.connect()
      await line.settle()
      expect(channel.state).toBe('live')
    },
  )

  it('goes on at once when the request was on its way as the line broke', async () => {
    const line = new Line()
    line.connect()
    const { said } = await listen(line)
    line.onPush = () => {}
    line.say('1')
    line.connection.receive(line.channel().headFrame())
    await line.settle()
    line.connection.disconnect()
    line.connect()
    await line.advance(20)
    expect(said()).toEqual(['live 0', 'syncing 0', '1', 'live 1'])
  })

  it('asks for the entry of a channel beyond the greeting', async () => {
    const line = new Line()
    line.unnamed.add('general')
    line.channel().append({ type: 'message.new', text: 'old' })
    line.connect()
    const { channel, said } = await listen(line)
    expect(channel.info).toBeUndefined()
    await line.advance(100)
    expect(requestsOf(line, 'channels.list')).toMatchObject([{ channel_ids: ['general'] }])
    expect(said()).toEqual(['live 0'])
    expect(channel.info).toMatchObject({ name: 'general', headSeq: 1 })
  })

  it('skips what is more than 500 behind, and the gap can be filled', async () => {
    const line = new Line()
    line.connect()
    const { channel, said } = await listen(line)
    let gap: Gap | undefined
    channel.on('gap', (item) => {
      gap = item
    })
    line.connection.disconnect()
    for (let i = 1; i <= 600; i += 1) line.channel().append({ type: 'message.new', text: `${i}` })
    line.connect()
    await line.advance(200)
    expect(said().slice(0, 4)).toEqual(['live 0', 'syncing 0', 'gap 1-550 skipped', '551'])
    const filled = gap?.fill({ limit: 30 })
    await line.advance(100)
    const page = await filled
    expect(page?.items.map(({ text }) => text)).toEqual(
      Array.from({ length: 30 }, (_, i) => `${521 + i}`),
    )
    expect(page).toMatchObject({ hasNext: true, oldestSeq: 521, newestSeq: 550 })
    const more = page?.next()
    await line.advance(100)
    expect((await more)?.items.at(-1)?.text).toBe('520')
  })

  it('refuses to fill what has expired', async () => {
    const line = new Line()
    line.connect()
    const { channel, said } = await listen(line)
    const gaps: Gap[] = []
    channel.on('gap', (gap) => gaps.push(gap))
    line.connection.disconnect()
    for (let i = 1; i <= 9; i += 1) line.channel().append({ type: 'message.new', text: `${i}` })
    line.channel().oldestSeq = 8
    line.connect()
    await line.advance(100)
    expect(said().slice(2)).toEqual(['gap 1-7 expired', '8', '9', 'live 2'])
    await expect(gaps[0]?.fill()).rejects.toMatchObject({ code: 'not_found' })
  })

  it('calls a gap not_visible where the user joined', async () => {
    const line = new Line()
    line.connect()
    const { said } = await listen(line)
    line.connection.disconnect()
    for (let i = 1; i <= 5; i += 1) line.channel().append({ type: 'message.new', text: `${i}` })
    line.channel().append({ type: 'member.joined', user_id: 'alice', role: 'member' })
    line.channel().oldestSeq = 6
    line.connect()
    await line.advance(100)
    expect(said().slice(2)).toEqual(['gap 1-5 not_visible', 'live 1'])
  })

  it('R14, [P-80]: throws a page away that is older than its position, and asks past the caches', async () => {
    const line = new Line()
    line.connect()
    const { said } = await listen(line)
    line.say('1')
    line.say('2')
    line.cache = line.channel().cache()
    line.say('3')
    line.onPush = () => {}
    line.say('4')
    line.connection.receive(line.channel().headFrame())
    await line.advance(100)
    expect(said()).toEqual(['live 0', '1', '2', '3', '4'])
    expect(line.requests).toMatchObject([{ after_seq: 3 }, { after_seq: 3, min_as_of_seq: 4 }])
  })

  it('goes over to a new epoch', async () => {
    const line = new Line()
    line.connect()
    const { said } = await listen(line)
    for (const text of ['1', '2', '3']) line.say(text)
    line.reset(1)
    line.say('b2')
    await line.advance(100)
    expect(said()).toEqual(['live 0', '1', '2', '3', 'reset 2 from 1', 'syncing 0', 'b2', 'live 1'])
  })

  it('[P-18] follows an entry that says where the new epoch starts, without asking', async () => {
    const line = new Line()
    line.connect()
    const { said } = await listen(line)
    for (const text of ['1', '2', '3']) line.say(text)
    line.connection.disconnect()
    line.channel().reset(1)
    line.connect()
    expect(said()).toEqual(['live 0', '1', '2', '3', 'syncing 0', 'reset 2 from 1', 'live 0'])
  })

  it('[P-66] learns of an epoch whose reset it missed by asking', async () => {
    const line = new Line()
    line.connect()
    const { said } = await listen(line)
    for (const text of ['1', '2', '3']) line.say(text)
    line.channel().reset(1)
    line.say('b2')
    expect(said().slice(-1)).toEqual(['syncing 0'])
    await line.advance(100)
    expect(said()).toEqual(['reset 2 from 1', 'b2', 'live 1'])
  })

  it('[P-35] waits a random part of spread_ms before it pulls, and is live meanwhile', async () => {
    const line = new Line()
    line.connect()
    const { channel, said } = await listen(line)
    line.onPush = () => {}
    line.say('1')
    line.connection.receive({ ...line.channel().headFrame(), spread_ms: 1_000 })
    await line.settle()
    expect(line.requests).toEqual([])
    expect(channel.state).toBe('live')
    line.say('2')
    line.connection.receive({ ...line.channel().headFrame(), spread_ms: 1_000 })
    await line.advance(1_100)
    expect(said()).toEqual(['live 0', '1', '2'])
    expect(line.requests).toHaveLength(1)
  })

  it('[P-87] is not live any more when it is five seconds behind', async () => {
    const line = new Line()
    line.onRequest = () => {}
    line.connect()
    const { said } = await listen(line)
    line.onPush = () => {}
    line.say('1')
    line.connection.receive(line.channel().headFrame())
    await line.advance(4_999)
    expect(said()).toEqual(['live 0'])
    await line.advance(1)
    expect(said()).toEqual(['syncing 0'])
  })
})
