import assert from 'node:assert/strict'
import type { ContractRunner } from './runner.js'
import { endCases } from './socket-end.js'
import {
  frameOf,
  NotingGateway,
  type SocketCase,
  type SocketHarness,
  socketCases,
} from './socket-support.js'

export type { SocketHarness, SocketPeer } from './socket-support.js'

/** What everything that serves a SocketServer must do, and every GatewaySocket that it gives. */
export function socketContract(
  name: string,
  makeHarness: () => Promise<SocketHarness>,
  runner: ContractRunner,
): void {
  const test = socketCases(makeHarness, runner)
  runner.describe(`${name} are sockets`, () => {
    admissionCases(test)
    frameCases(test)
    hearingCases(test)
    endCases(test)
  })
}

function admissionCases(test: SocketCase): void {
  test('each socket is accepted once, as admitted only where the gateway was just asked', async ({
    harness,
    eventually,
  }) => {
    const gateway = new NotingGateway()
    for (let i = 1; i <= 3; i++) {
      await harness.connect(gateway)
      await eventually('it is accepted', () => gateway.accepted.length === i)
      const one = gateway.accepted[i - 1]
      if (one?.admission === undefined) continue
      assert.ok('admitted' in one.admission)
      assert.equal(one.admissions, i)
      assert.equal(gateway.admissions[i - 1], one.request.remoteAddress)
    }
  })

  test('who is not admitted is not accepted as if', async ({ harness, quiet }) => {
    const gateway = new NotingGateway()
    gateway.refusal = { code: 'rate_limited', retryAfterMs: 1_000 }
    await harness.connect(gateway)
    await quiet()
    for (const { admission } of gateway.accepted) {
      // accepted without an admission: the gateway asks itself
      if (admission !== undefined) assert.deepEqual(admission, { refusal: gateway.refusal })
    }
  })

  test('I7: who is not admitted gets no socket to be told why where that is too much', async ({
    harness,
    quiet,
  }) => {
    const gateway = new NotingGateway()
    gateway.refusal = { code: 'rate_limited' }
    gateway.explains = false
    await harness.connect(gateway)
    await quiet()
    for (const { admission } of gateway.accepted) assert.equal(admission, undefined)
  })
}

/** Of every class of lengths that a frame's header knows. */
const TEXTS = ['', 'a', 'x'.repeat(125), 'é'.repeat(63), 'x'.repeat(65_535), '🙂'.repeat(20_000)]

function frameCases(test: SocketCase): void {
  test('frames arrive as they are, in the order written, one by one and several at once', async ({
    open,
    eventually,
  }) => {
    const { socket, peer } = await open()
    const expected: string[] = []
    for (const [i, text] of TEXTS.entries()) {
      socket.write(frameOf(text))
      socket.writeAll([frameOf(`${i}`), frameOf(text), frameOf(`after ${i}`)])
      socket.writeAll([])
      socket.ping()
      expected.push(text, `${i}`, text, `after ${i}`)
    }
    await eventually('all arrive', () => peer.received.length >= expected.length)
    assert.deepEqual(peer.received, expected)
  })

  test('the array of frames is not kept: it is used again', async ({ open, eventually }) => {
    const { socket, peer } = await open()
    const frames = [frameOf('one'), frameOf('two')]
    socket.writeAll(frames)
    frames.splice(0, 2, frameOf('three'))
    socket.writeAll(frames)
    frames.length = 0
    await eventually('all arrive', () => peer.received.length >= 3)
    assert.deepEqual(peer.received, ['one', 'two', 'three'])
  })

  test('a frame is the same for many sockets, before and after it was written', async ({
    open,
    eventually,
  }) => {
    const pairs = [await open(), await open(), await open()]
    const frame = frameOf('the same for all')
    const before = frame.bytes.slice()
    for (const { socket } of pairs) {
      socket.write(frame)
      socket.writeAll([frame, frame])
    }
    for (const { peer } of pairs) {
      await eventually('all arrive', () => peer.received.length >= 3)
      assert.deepEqual(peer.received, [frame.text, frame.text, frame.text])
    }
    assert.deepEqual(frame.bytes, before)
  })

  test('I7: what the network has not taken is counted, and no longer when it has', async ({
    open,
    eventually,
  }) => {
    const { socket, peer } = await open()
    assert.equal(socket.bufferedBytes(), 0)
    peer.stopReading()
    const frame = frameOf('x'.repeat(100_000))
    let frames = 0
    // kernels take some megabytes before anything waits
    await eventually('some wait', () => {
      for (let i = 0; i < 10 && socket.bufferedBytes() < 500_000 && frames < 500; i++) {
        socket.write(frame)
        frames += 1
      }
      return socket.bufferedBytes() >= 500_000
    })
    const waiting = socket.bufferedBytes()
    assert.ok(Number.isSafeInteger(waiting) && waiting <= frames * frame.bytes.length)
    socket.writeAll([frame, frame])
    const more = socket.bufferedBytes() - waiting
    assert.ok(more >= 150_000 && more <= 2 * frame.bytes.length, `${more} bytes more`)
    peer.readOn()
    await eventually('all arrive', () => peer.received.length === frames + 2)
    await eventually('nothing waits', () => socket.bufferedBytes() === 0)
  })
}

function hearingCases(test: SocketCase): void {
  test('what the peer says is told as it is, in order, with its size in bytes', async ({
    open,
    eventually,
  }) => {
    const { told, peer } = await open()
    const texts = ['{"é":1}', 'a', '🙂🙂', 'x'.repeat(10_000), 'z']
    for (const text of texts) peer.say(text)
    await eventually('all are told', () => told.messages.length >= texts.length)
    assert.deepEqual(
      told.messages,
      texts.map((text) => ({ text, byteLength: new TextEncoder().encode(text).length })),
    )
  })

  test('[P-5] what is no text is told as an empty one, with its size, and does not end the socket', async ({
    open,
    eventually,
  }) => {
    const { told, peer } = await open()
    if (peer.sayBinary === undefined) return
    peer.sayBinary(new TextEncoder().encode('{"type":"ping"}'))
    peer.say('a')
    await eventually('both are told', () => told.messages.length >= 2)
    assert.deepEqual(told.messages, [
      { text: '', byteLength: 15 },
      { text: 'a', byteLength: 1 },
    ])
  })

  test('a ping is answered, and the answer told', async ({ open, eventually }) => {
    const { socket, told, peer } = await open()
    assert.equal(told.pongs, 0)
    socket.ping()
    await eventually('the pong is told', () => told.pongs === 1)
    assert.deepEqual(peer.received, [])
    assert.equal(told.messages.length, 0)
  })
}
