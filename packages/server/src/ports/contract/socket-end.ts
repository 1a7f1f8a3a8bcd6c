import assert from 'node:assert/strict'
import type { GatewaySocket } from '../socket.js'
import { frameOf, type SocketCase } from './socket-support.js'

/** The cases about how sockets end. */
export function endCases(test: SocketCase): void {
  test('a close reaches the peer with its code, after what was written before it, and is told once', async ({
    open,
    eventually,
    quiet,
  }) => {
    const { socket, told, peer } = await open()
    socket.write(frameOf('why'))
    socket.writeAll([frameOf('and'), frameOf('when')])
    socket.close(4_429, 'too many')
    await eventually('the peer hears of it', () => peer.closedWith !== undefined)
    assert.equal(peer.closedWith, 4_429)
    assert.deepEqual(peer.received, ['why', 'and', 'when'])
    await eventually('it is told', () => told.closes.length > 0)
    await quiet()
    assert.deepEqual(told.closes, [4_429])
  })

  test('a close of the peer is told once, with its code, after what it said before it', async ({
    open,
    eventually,
    quiet,
  }) => {
    const { told, peer } = await open()
    peer.say('bye')
    peer.close(4_001)
    await eventually('it is told', () => told.closes.length > 0)
    assert.deepEqual(
      told.messages.map(({ text }) => text),
      ['bye'],
    )
    await quiet()
    assert.deepEqual(told.closes, [4_001])
  })

  test('a close is no message, also with a code that says that something could not be read', async ({
    open,
    eventually,
  }) => {
    for (const code of [1_002, 1_007, 1_008, 1_009]) {
      const [ours, theirs] = [await open(), await open()]
      ours.socket.close(code, 'by the gateway')
      theirs.peer.close(code)
      for (const { told } of [ours, theirs]) {
        await eventually('it is told', () => told.closes.length > 0)
        assert.deepEqual(told.closes, [code])
        assert.deepEqual(told.messages, [])
      }
      assert.equal(ours.peer.closedWith, code)
    }
  })

  test('a close from both sides at once is told once', async ({ open, eventually, quiet }) => {
    const { socket, told, peer } = await open()
    socket.close(4_000, 'over')
    peer.close(4_001)
    await eventually('it is told', () => told.closes.length > 0)
    await quiet()
    assert.equal(told.closes.length, 1)
  })

  test('a peer that is gone without a close is told once, as 1006', async ({
    open,
    eventually,
    quiet,
  }) => {
    const { told, peer } = await open()
    peer.vanish()
    await eventually('it is told', () => told.closes.length > 0)
    await quiet()
    assert.deepEqual(told.closes, [1_006])
  })

  test('an end without a close waits for nobody, and is told once', async ({
    open,
    eventually,
    quiet,
  }) => {
    const { socket, told, peer } = await open()
    peer.ignoreCloses?.()
    socket.terminate()
    socket.terminate()
    await eventually('it is told', () => told.closes.length > 0)
    await quiet()
    assert.deepEqual(told.closes, [1_006])
  })

  test('I7: a peer that answers no close is cut off', async ({ open, eventually, quiet }) => {
    const { socket, told, peer } = await open()
    if (peer.ignoreCloses === undefined) return
    peer.ignoreCloses()
    socket.close(1_001, 'going away')
    await eventually('it is told', () => told.closes.length > 0)
    await quiet()
    assert.deepEqual(told.closes, [1_006])
  })

  test('nothing is told after the end', async ({ open, eventually, quiet }) => {
    const { socket, told, peer } = await open()
    peer.say('early')
    await eventually('it is told', () => told.messages.length === 1)
    socket.ping()
    socket.terminate()
    for (let i = 0; i < 10; i++) peer.say(`late ${i}`)
    await eventually('the end is told', () => told.closes.length > 0)
    for (let i = 0; i < 10; i++) peer.say(`later ${i}`)
    await quiet()
    assert.equal(told.late, 0)
    assert.equal(told.closes.length, 1)
  })

  test('whatever is asked of a socket that is gone does nothing', async ({
    open,
    eventually,
    quiet,
  }) => {
    const { socket, told, peer } = await open()
    socket.write(frameOf('before'))
    await eventually('it arrives', () => peer.received.length === 1)
    peer.vanish()
    await eventually('the end is told', () => told.closes.length > 0)
    socket.write(frameOf('after'))
    socket.writeAll([frameOf('after'), frameOf('all')])
    socket.ping()
    assert.ok(socket.bufferedBytes() >= 0)
    socket.close(1_001, 'going away')
    socket.terminate()
    await quiet()
    assert.deepEqual(peer.received, ['before'])
    assert.deepEqual(told.closes, [1_006])
  })

  const calls: Readonly<Record<string, (socket: GatewaySocket) => void>> = {
    write: (socket) => socket.write(frameOf('a')),
    writeAll: (socket) => socket.writeAll([frameOf('a'), frameOf('b')]),
    ping: (socket) => socket.ping(),
    close: (socket) => socket.close(1_001, 'going away'),
    terminate: (socket) => socket.terminate(),
  }
  test('nothing is told within a call of the gateway', async ({ open }) => {
    for (const [name, call] of Object.entries(calls)) {
      const { socket, told } = await open()
      const before = told.all
      call(socket)
      assert.equal(told.all, before, `told within ${name}`)
    }
  })
}
