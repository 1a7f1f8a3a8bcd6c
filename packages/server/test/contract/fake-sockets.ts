import type { SocketHarness, SocketPeer } from '../../src/ports/contract/socket.js'
import type { GatewaySocket, SocketListener, SocketServer } from '../../src/ports/socket.js'
import { FakeSocket } from '../gateway/socket.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

export const REQUEST = { remoteAddress: '10.0.0.1', origin: undefined, token: undefined }
const CLOSE_TIMEOUT_MS = 5_000

/** What is between a fake socket and the gateway, and may be wrong. */
export interface Between {
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
export const fakeSockets =
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
