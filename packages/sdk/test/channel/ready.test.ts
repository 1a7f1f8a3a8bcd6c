import { describe, expect, it } from 'vitest'
import { Line } from './fake-server.js'
import { listen } from './listen.js'

describe('ready()', () => {
  it('[P-87] opens the channel and resolves when it is complete up to the head', async () => {
    const line = new Line()
    const channel = line.sync.channel('general')
    let isReady = false
    const ready = channel.ready().then(() => {
      isReady = true
    })
    await line.advance(1_000)
    expect(isReady).toBe(false)
    line.connect()
    await line.settle()
    await ready
    expect(channel.state).toBe('live')
  })

  it('waits for what was missing when it was called', async () => {
    const line = new Line()
    line.connect()
    const { channel, said } = await listen(line)
    line.onPush = () => {}
    line.say('1')
    line.connection.receive(line.channel().headFrame())
    const ready = channel.ready()
    await line.advance(50)
    await ready
    expect(said()).toEqual(['live 0', '1'])
  })

  it('rejects when it is aborted, when the user is out, and when the client closes', async () => {
    const line = new Line()
    const abort = new AbortController()
    const channel = line.sync.channel('general')
    const aborted = channel.ready({ signal: abort.signal })
    abort.abort()
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' })
    await expect(channel.ready({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    })
    const out = line.sync.channel('elsewhere').ready()
    line.connect()
    await Promise.all([
      expect(out).rejects.toMatchObject({ code: 'not_in_channel' }),
      line.advance(100),
    ])
    line.connection.disconnect()
    const closed = channel.ready()
    line.sync.close()
    await expect(closed).rejects.toMatchObject({ code: 'closed' })
    await expect(channel.ready()).rejects.toMatchObject({ code: 'closed' })
  })

  it('rejects when the channel is closed, which can be opened again', async () => {
    const line = new Line()
    const channel = line.sync.channel('general')
    const waiting = [channel.ready(), channel.ready()]
    channel.close()
    for (const ready of waiting) await expect(ready).rejects.toMatchObject({ code: 'closed' })
    const again = channel.ready()
    line.connect()
    await line.advance(100)
    await again
    expect(channel.state).toBe('live')
  })

  it('holds a reset for what it is: the head may be lower than it was', async () => {
    const line = new Line()
    line.connect()
    const { channel } = await listen(line)
    line.onPush = () => {}
    line.say('1')
    line.say('2')
    line.connection.receive(line.channel().headFrame())
    const ready = channel.ready()
    line.onPush = (frame) => line.connection.receive(frame)
    line.reset(0)
    await line.advance(100)
    await ready
  })
})
