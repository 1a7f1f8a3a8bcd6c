import assert from 'node:assert/strict'
import type {
  GatewaySocket,
  OutFrame,
  SocketListener,
  SocketRefusal,
  SocketRequest,
  SocketServer,
} from '../socket.js'
import { type ContractRunner, type Eventually, eventuallyWithin, turns } from './runner.js'

/** The other end of a socket. */
export interface SocketPeer {
  /** The texts that have arrived. */
  readonly received: readonly string[]
  /** With which code its end came; 1006 where the connection ended without a close. */
  readonly closedWith: number | undefined
  say(text: string): void
  /** Says what is no text; left out where a peer cannot. */
  sayBinary?(bytes: Uint8Array): void
  close(code: number): void
  /** Is gone, without a close; its network says so. */
  vanish(): void
  /** Takes nothing from its network any more. */
  stopReading(): void
  readOn(): void
  /** Answers no close any more; left out where it always does. */
  ignoreCloses?(): void
}

/** An adapter under test: what serves sockets. */
export interface SocketHarness {
  /** A peer connects to what this gateway is behind; undefined: it was refused without a socket. */
  connect(gateway: SocketServer): Promise<SocketPeer | undefined>
  /** Lets what is on its way arrive; left out where it does by itself. */
  pass?(): Promise<void>
  close(): Promise<void>
}

/** What a gateway was told by one socket. */
export class Told implements SocketListener {
  readonly messages: { readonly text: string; readonly byteLength: number }[] = []
  readonly closes: number[] = []
  pongs = 0
  /** What came after the end. */
  late = 0

  message(text: string, byteLength: number): void {
    this.messages.push({ text, byteLength })
    this.#heard()
  }

  pong(): void {
    this.pongs += 1
    this.#heard()
  }

  closed(code: number): void {
    this.#heard()
    this.closes.push(code)
  }

  get all(): number {
    return this.messages.length + this.pongs + this.closes.length
  }

  #heard(): void {
    if (this.closes.length > 0) this.late += 1
  }
}

/** A gateway that takes whoever comes, or whoever it is told to, and notes what it is asked. */
export class NotingGateway implements SocketServer {
  refusal: SocketRefusal | undefined
  explains = true
  readonly admissions: string[] = []
  readonly accepted: {
    readonly socket: GatewaySocket
    readonly told: Told
    readonly request: SocketRequest
    readonly admission: Parameters<SocketServer['accept']>[2]
    /** How often it had been asked by then. */
    readonly admissions: number
  }[] = []

  admit({ remoteAddress }: Pick<SocketRequest, 'remoteAddress'>): SocketRefusal | undefined {
    this.admissions.push(remoteAddress)
    return this.refusal
  }

  canExplain(): boolean {
    return this.explains
  }

  async checkToken(): Promise<SocketRefusal | undefined> {
    return undefined
  }

  accept(
    socket: GatewaySocket,
    request: SocketRequest,
    admission?: Parameters<SocketServer['accept']>[2],
  ): SocketListener {
    const told = new Told()
    const admissions = this.admissions.length
    this.accepted.push({ socket, told, request, admission, admissions })
    return told
  }
}

/** Both ends of one socket. */
export interface SocketPair {
  readonly socket: GatewaySocket
  readonly told: Told
  readonly peer: SocketPeer
}

export interface SocketParts {
  readonly harness: SocketHarness
  open(): Promise<SocketPair>
  readonly eventually: Eventually
  /** Resolves when what other sockets did so far has arrived as well. */
  quiet(): Promise<void>
}

export type SocketCase = (title: string, body: (parts: SocketParts) => Promise<void>) => void

export function socketCases(
  makeHarness: () => Promise<SocketHarness>,
  runner: ContractRunner,
): SocketCase {
  return (title, body) =>
    runner.it(title, async () => {
      const harness = await makeHarness()
      try {
        await body(partsOf(harness, eventuallyWithin(runner.patienceMs)))
      } finally {
        await harness.close()
      }
    })
}

function partsOf(harness: SocketHarness, patiently: Eventually): SocketParts {
  const eventually: Eventually = (what, condition) =>
    patiently(what, async () => {
      await harness.pass?.()
      return condition()
    })
  const open = async (): Promise<SocketPair> => {
    const gateway = new NotingGateway()
    const peer = await harness.connect(gateway)
    await eventually('the socket is accepted', () => gateway.accepted.length === 1)
    const [one] = gateway.accepted
    assert.ok(peer !== undefined && one !== undefined)
    return { socket: one.socket, told: one.told, peer }
  }
  return {
    harness,
    open,
    eventually,
    async quiet() {
      const { socket, told, peer } = await open()
      peer.say('over')
      await eventually('the peer is heard', () => told.messages.length === 1)
      socket.write(frameOf('over'))
      await eventually('the peer hears', () => peer.received.length === 1)
      await turns()
    },
  }
}

/** FIN and the opcode of a text frame (RFC 6455, 5.2). */
const FINAL_TEXT = 0x81

/** A frame as a server sends it: unmasked and in one piece. */
export function frameOf(text: string): OutFrame {
  const payload = new TextEncoder().encode(text)
  const { length } = payload
  const header = [FINAL_TEXT]
  if (length < 126) header.push(length)
  else if (length < 65_536) header.push(126, length >>> 8, length & 0xff)
  else
    header.push(
      127,
      0,
      0,
      0,
      0,
      length >>> 24,
      (length >>> 16) & 0xff,
      (length >>> 8) & 0xff,
      length & 0xff,
    )
  const bytes = new Uint8Array(header.length + length)
  bytes.set(header)
  bytes.set(payload, header.length)
  return { text, bytes }
}
