import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { encodeTextFrame } from '../../src/gateway/text-frame.js'
import { listen, until } from './listen.js'

let ws: Awaited<ReturnType<typeof listen>>
beforeEach(async () => {
  ws = await listen()
})
afterEach(() => ws.close())

const only = () => {
  const [one] = ws.seen
  if (one === undefined) throw new Error('no socket')
  return one
}

describe('frames', () => {
  it('prebuilt frames of every length class arrive as they are, in order, also between control frames', async () => {
    const { received } = await ws.open()
    const texts = [
      '',
      'a',
      'x'.repeat(125),
      'x'.repeat(126),
      'é'.repeat(40_000),
      '🙂'.repeat(50_000),
    ]
    for (const text of texts) {
      only().socket.write(encodeTextFrame(text))
      only().socket.ping()
    }
    only().socket.writeAll(texts.map(encodeTextFrame))
    await until(() => received.length === 12)
    expect(received).toEqual([...texts, ...texts])
    await until(() => only().pongs > 0)
  })

  it('several frames go out with one system call, one with one', async () => {
    const { received } = await ws.open()
    const network = (only().socket as unknown as { network: { _handle: object } }).network
    const handle = network._handle as Record<string, (...given: unknown[]) => unknown>
    const calls: string[] = []
    for (const name of Object.keys(Object.getPrototypeOf(Object.getPrototypeOf(handle)))) {
      if (!name.startsWith('write')) continue
      const real = handle[name]
      if (typeof real !== 'function') continue
      handle[name] = (...given) => {
        calls.push(name)
        return real.apply(handle, given)
      }
    }
    only().socket.writeAll(['1', '2', '3'].map(encodeTextFrame))
    only().socket.write(encodeTextFrame('4'))
    await until(() => received.length === 4)
    expect(calls).toHaveLength(2)
  })

  it('says how much the network has not taken', async () => {
    const { client, received } = await ws.open()
    expect(only().socket.bufferedBytes()).toBe(0)
    client.pause()
    const frame = encodeTextFrame('x'.repeat(200_000))
    for (let i = 0; i < 100; i++) only().socket.write(frame)
    await until(() => only().socket.bufferedBytes() > 1_000_000)
    client.resume()
    await until(() => received.length === 100)
    expect(only().socket.bufferedBytes()).toBe(0)
  })

  it('text of a client is given with its size in bytes', async () => {
    const { client } = await ws.open()
    client.send('{"é":1}')
    await until(() => only().messages.length === 1)
    expect(only().messages).toEqual([{ text: '{"é":1}', byteLength: 8 }])
  })

  it('a ping of the client is a sign of life', async () => {
    const { client } = await ws.open()
    client.ping()
    await until(() => only().pongs === 1)
  })
})

describe('[P-5] what cannot be read', () => {
  it('a binary frame is given like an unreadable one', async () => {
    const { client } = await ws.open()
    client.send(Buffer.from([1, 2, 3]))
    await until(() => only().messages.length === 1)
    expect(only().messages).toEqual([{ text: '', byteLength: 3 }])
  })

  it('too large a frame is told before the close, and closed with 1009', async () => {
    ws.gate.onMessage = ({ socket }, text) => {
      if (text !== '') return
      socket.write(encodeTextFrame('why'))
      socket.close(1009, 'too large')
    }
    const { client, received, closed } = await ws.open()
    client.send('x'.repeat(65_537))
    expect(await closed).toBe(1009)
    expect(received).toEqual(['why'])
    expect(only().messages[0]?.byteLength).toBeGreaterThan(65_536)
    await until(() => only().closedWith !== undefined)
  })

  it.each([
    ['text that is not UTF-8', Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28])],
    ['a frame that is not masked', Buffer.from([0x81, 0x01, 0x61])],
    ['a reserved opcode', Buffer.from([0x83, 0x80, 0, 0, 0, 0])],
  ])('%s is told before the close', async (_, bytes) => {
    ws.gate.onMessage = ({ socket }) => socket.close(4400, 'malformed')
    const { client, closed } = await ws.open()
    ;(client as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(bytes)
    expect(await closed).toBe(4400)
    expect(only().messages).toEqual([{ text: '', byteLength: 0 }])
  })

  it('I7: a message in too many pieces is ended', async () => {
    ws.gate.onMessage = ({ socket }) => socket.close(4400, 'malformed')
    const { client, closed } = await ws.open()
    for (let i = 0; i < 100; i++) client.send('x', { fin: false })
    expect(await closed).toBe(4400)
  })
})

describe('the end of a socket', () => {
  it('a close is answered and told once', async () => {
    const { closed } = await ws.open()
    only().socket.close(4429, 'too many')
    expect(await closed).toBe(4429)
    await until(() => only().closedWith !== undefined)
    expect(only().closedWith).toBe(4429)
  })

  it('a peer that does not answer a close is cut off', async () => {
    const socket = await ws.tcp()
    socket.write(
      'GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    )
    await until(() => ws.seen.length === 1)
    only().socket.close(1001, 'going away')
    await until(() => only().closedWith !== undefined)
    expect(only().closedWith).toBe(1006)
  })

  it('what is written after it does nothing', async () => {
    const { closed } = await ws.open()
    only().socket.terminate()
    expect(await closed).toBe(1006)
    await until(() => only().closedWith !== undefined)
    const trouble = vi.fn()
    process.once('uncaughtException', trouble)
    only().socket.write(encodeTextFrame('late'))
    only().socket.writeAll([encodeTextFrame('late')])
    only().socket.ping()
    await new Promise((resolve) => setImmediate(resolve))
    process.off('uncaughtException', trouble)
    expect(trouble).not.toHaveBeenCalled()
  })
})
