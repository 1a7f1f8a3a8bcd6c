import type { GatewaySocket, OutFrame } from '../../src/ports/socket.js'
import type { FakeSocket } from '../gateway/socket.js'
import { type Between, REQUEST } from './fake-sockets.js'

export interface WrongSocket extends Between {
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
export const WRONG_SOCKETS: Readonly<Record<string, WrongSocket>> = {
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
