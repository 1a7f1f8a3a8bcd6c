import { describe, it } from 'vitest'
import {
  type SocketHarness,
  type SocketPeer,
  socketContract,
} from '../../src/ports/contract/socket.js'
import type {
  GatewaySocket,
  OutFrame,
  SocketListener,
  SocketServer,
} from '../../src/ports/socket.js'
import { FakeSocket } from '../gateway/socket.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'
import { refuses } from './refused.js'

const REQUEST = { remoteAddress: '10.0.0.1', origin: undefined, token: undefined }
const CLOSE_TIMEOUT_MS = 5_000

/** What is between a fake socket and the gateway, and may be wrong. */
interface Between {
  readonly socket?: (right: GatewaySocket, fake: FakeSocket) => GatewaySocket
  readonly listener?: (right: SocketListener, fake: FakeSocket) => SocketListener
  readonly accept?: (gateway: SocketServer) => Parameters<SocketServer['accept']>[2]
  /** How binary is given. */
  readonly binary?: (bytes: Uint8Array) => string
}

/** Asks first, as whoever serves real sockets does. */
function admission(gateway: SocketServer): Parameters<SocketServer['accept']>[2] | 'refused' {
  const refusal = gateway.admit(REQUEST)
  if (refusal === undefined) return { admitted: true }
  return gateway.canExplain() ? { refusal } : 'refused'
}

/** The fake sockets of the gateway's tests, with a peer that answers pings, and closes unless it is told not to. */
const harness =
  (between: Between = {}) =>
  async (): Promise<SocketHarness> => {
    const time = createVirtualEnvironment()
    return {
      pass: () => time.advance(CLOSE_TIMEOUT_MS / 10),
      async connect(gateway): Promise<SocketPeer | undefined> {
        const fake = new FakeSocket()
        const admitted = between.accept ? between.accept(gateway) : admission(gateway)
        if (admitted === 'refused') return undefined
        const peer = peerOf(fake, between.binary)
        const socket = answering(fake, time.setTimer)
        const listener = gateway.accept(between.socket?.(socket, fake) ?? socket, REQUEST, admitted)
        fake.listener = between.listener?.(listener, fake) ?? listener
        return peer
      },
      close: async () => undefined,
    }
  }

function answering(
  fake: FakeSocket,
  setTimer: (callback: () => void, delayMs: number) => unknown,
): GatewaySocket {
  return {
    write: (frame) => fake.write(frame),
    writeAll: (frames) => fake.writeAll(frames),
    bufferedBytes: () => fake.bufferedBytes(),
    ping() {
      fake.ping()
      queueMicrotask(() => fake.listener?.pong())
    },
    close(code) {
      fake.close(code)
      if (!fake.answersClose) setTimer(() => fake.end(1_006), CLOSE_TIMEOUT_MS)
    },
    terminate: () => fake.terminate(),
  }
}

function peerOf(fake: FakeSocket, binary: (bytes: Uint8Array) => string = () => ''): SocketPeer {
  let endedAt: number | undefined
  const end = (code: number): void => {
    endedAt ??= fake.frames.length
    fake.end(code)
  }
  return {
    get received() {
      return fake.frames.slice(0, endedAt).map(({ text }) => text)
    },
    get closedWith() {
      return fake.closedWith ?? (fake.terminated || endedAt !== undefined ? 1_006 : undefined)
    },
    say: (text) => fake.say(text),
    sayBinary: (bytes) => fake.listener?.message(binary(bytes), bytes.length),
    close: end,
    vanish: () => end(1_006),
    stopReading() {
      fake.reading = false
    },
    readOn() {
      fake.reading = true
      fake.buffered = 0
    },
    ignoreCloses() {
      fake.answersClose = false
    },
  }
}

interface Wrong extends Between {
  readonly fails: RegExp
}

/** All of a socket, so that one call can be another one. */
const like = (right: GatewaySocket, own: Partial<GatewaySocket>): GatewaySocket => ({
  ...right,
  ...own,
})

/** A little later, while the fake still takes frames. */
const later = (fake: FakeSocket, work: () => void): void =>
  queueMicrotask(() => {
    if (fake.closedWith === undefined) work()
  })

/** Each breaks one MUST of the port, and only that. */
const WRONG: Readonly<Record<string, Wrong>> = {
  'are accepted as admitted though nobody was asked': {
    accept: () => ({ admitted: true }),
    fails: /^each socket is accepted once, as admitted only/,
  },
  'are accepted as admitted though the gateway refused': {
    accept(gateway) {
      gateway.admit(REQUEST)
      return { admitted: true }
    },
    fails: /^who is not admitted is not accepted/,
  },
  'are made to explain what cannot be afforded': {
    accept(gateway) {
      const refusal = gateway.admit(REQUEST)
      return refusal === undefined ? { admitted: true } : { refusal }
    },
    fails: /^I7: who is not admitted gets no socket/,
  },
  'write several frames in another order': {
    socket: (right) => like(right, { writeAll: (frames) => right.writeAll([...frames].reverse()) }),
    fails: /^frames arrive as they are, in the order written/,
  },
  'let one frame overtake several': {
    socket: (right, fake) =>
      like(right, {
        writeAll(frames) {
          const own = [...frames]
          later(fake, () => right.writeAll(own))
        },
      }),
    fails: /^frames arrive as they are, in the order written/,
  },
  'keep the array of frames': {
    socket(right, fake) {
      const waiting: (readonly OutFrame[])[] = []
      const flush = (): void => {
        for (const frames of waiting.splice(0)) right.writeAll(frames)
      }
      return like(right, {
        writeAll(frames) {
          waiting.push(frames)
          later(fake, flush)
        },
        write(frame) {
          flush()
          right.write(frame)
        },
      })
    },
    fails: /^the array of frames is not kept/,
  },
  'mask a frame in place': {
    socket: (right) =>
      like(right, {
        write(frame) {
          right.write(frame)
          frame.bytes.forEach((byte, i) => {
            frame.bytes[i] = byte ^ 0x5a
          })
        },
      }),
    fails: /^a frame is the same for many sockets/,
  },
  'never say that anything waits': {
    socket: (right) => like(right, { bufferedBytes: () => 0 }),
    fails: /^I7: what the network has not taken/,
  },
  'count what was ever written as waiting': {
    socket(right) {
      let written = 0
      return like(right, {
        write(frame) {
          written += frame.bytes.length
          right.write(frame)
        },
        writeAll(frames) {
          for (const frame of frames) written += frame.bytes.length
          right.writeAll(frames)
        },
        bufferedBytes: () => written,
      })
    },
    fails: /^I7: what the network has not taken is counted, and no longer/,
  },
  'tell the size in characters': {
    listener: (right) => ({
      message: (text) => right.message(text, text.length),
      pong: () => right.pong(),
      closed: (code) => right.closed(code),
    }),
    fails: /^what the peer says is told as it is/,
  },
  'give binary as text': {
    binary: (bytes) => new TextDecoder().decode(bytes),
    fails: /^\[P-5\] what is no text/,
  },
  'take a pong for themselves': {
    listener: (right) => ({
      message: (text, byteLength) => right.message(text, byteLength),
      pong: () => undefined,
      closed: (code) => right.closed(code),
    }),
    fails: /^a ping is answered/,
  },
  'drop what was written before a close': {
    socket(right, fake) {
      let waiting: OutFrame[] = []
      return like(right, {
        write(frame) {
          waiting.push(frame)
          later(fake, () => right.writeAll(waiting.splice(0)))
        },
        writeAll(frames) {
          waiting.push(...frames)
          later(fake, () => right.writeAll(waiting.splice(0)))
        },
        close(code, reason) {
          waiting = []
          right.close(code, reason)
        },
      })
    },
    fails: /^a close reaches the peer with its code, after what was written/,
  },
  'close with a code of their own': {
    socket: (right) => like(right, { close: (_, reason) => right.close(1_000, reason) }),
    fails: /^a close reaches the peer with its code/,
  },
  'take a close for something that cannot be read': {
    listener: (right) => ({
      message: (text, byteLength) => right.message(text, byteLength),
      pong: () => right.pong(),
      closed(code) {
        if (code === 1_009) right.message('', Number.MAX_SAFE_INTEGER)
        right.closed(code)
      },
    }),
    fails: /^a close is no message/,
  },
  'tell the end twice': {
    listener: (right) => ({
      message: (text, byteLength) => right.message(text, byteLength),
      pong: () => right.pong(),
      closed(code) {
        right.closed(code)
        queueMicrotask(() => right.closed(code))
      },
    }),
    fails: /^a peer that is gone without a close is told once/,
  },
  'tell no end that the peer did not close': {
    listener: (right) => ({
      message: (text, byteLength) => right.message(text, byteLength),
      pong: () => right.pong(),
      closed(code) {
        if (code !== 1_006) right.closed(code)
      },
    }),
    fails: /^a peer that is gone without a close/,
  },
  'wait for ever for the answer to a close': {
    socket: (right, fake) => like(right, { close: (code) => fake.close(code) }),
    fails: /^I7: a peer that answers no close/,
  },
  'tell of a message after the end': {
    listener(right, fake) {
      const message = (text: string, byteLength: number): void => right.message(text, byteLength)
      return {
        message,
        pong: () => right.pong(),
        closed(code) {
          right.closed(code)
          fake.listener = { message, pong: () => undefined, closed: () => undefined }
        },
      }
    },
    fails: /^nothing is told after the end/,
  },
  'throw when they are gone': {
    socket: (right, fake) =>
      like(right, {
        write(frame) {
          if (fake.listener === undefined) throw new Error('not open')
          right.write(frame)
        },
      }),
    fails: /^whatever is asked of a socket that is gone/,
  },
  'tell the end from within the call that ends them': {
    socket: (right, fake) =>
      like(right, {
        terminate() {
          right.terminate()
          fake.end(1_006)
        },
      }),
    fails: /^nothing is told within a call/,
  },
}

socketContract('the fake sockets of tests', harness(), { describe, it })

refuses('sockets that', WRONG, (wrong, name) => (runner) => {
  socketContract(name, harness(wrong), runner)
})
