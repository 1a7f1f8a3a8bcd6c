import { describe, expect, it } from 'vitest'
import { Line } from './fake-server.js'
import { listen } from './listen.js'

describe('a dormant channel', () => {
  /** Uses each channel for a moment. */
  async function use(line: Line, ...ids: string[]): Promise<void> {
    for (const id of ids) {
      const off = line.sync.channel(id).on('message', () => {})
      await line.settle()
      off()
    }
    await line.settle()
  }

  it('is what a channel becomes when nobody listens and others were used since', async () => {
    const line = new Line({ backgroundChannels: 1 }, ['a', 'b'])
    line.connect()
    await use(line, 'a')
    expect(line.sync.channel('a').state).toBe('live')
    await use(line, 'b')
    expect(line.sync.channel('a').state).toBe('dormant')
    expect(line.sync.channel('b').state).toBe('live')
  })

  it('is what close() makes of it, and it goes on from its position when it is used again', async () => {
    const line = new Line()
    line.connect()
    const { channel, said } = await listen(line)
    line.say('1')
    channel.close()
    await line.settle()
    expect(channel.state).toBe('dormant')
    line.say('2')
    await line.advance(1_000)
    expect(line.requests).toEqual([])
    const again: string[] = []
    channel.on('message', ({ text }) => again.push(text))
    await line.advance(100)
    expect(said()).toEqual(['live 0', '1'])
    expect(again).toEqual(['2'])
  })

  it('is named in hello while its position is kept, the last used first', async () => {
    const line = new Line({ backgroundChannels: 0 }, ['a', 'b', 'c'])
    line.connect()
    await use(line, 'a', 'b', 'a')
    line.say('in c', 'c')
    line.say('in a', 'a')
    expect([...line.sync.positions()]).toEqual([
      { channelId: 'a', seq: 0, epoch: 1 },
      { channelId: 'b', seq: 0, epoch: 1 },
    ])
  })

  it('I7: starts anew at the head when 500 others were used since', async () => {
    const others = Array.from({ length: 500 }, (_, i) => `other${i}`)
    const line = new Line({}, ['general', ...others])
    line.connect()
    await use(line, 'general')
    line.say('1')
    await use(line, ...others)
    expect([...line.sync.positions()]).toHaveLength(500)
    line.say('2')
    const { said } = await listen(line)
    await line.advance(100)
    line.say('3')
    expect(said()).toEqual(['live 0', '3'])
  })
})
