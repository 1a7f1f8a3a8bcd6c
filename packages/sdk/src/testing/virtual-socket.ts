import type { SocketEvents, SocketHandle } from '../environment/port.js'
import type { VirtualClock } from './virtual-clock.js'

/** One envelope as the peer wrote it; fields unchecked. */
export type AnyEnvelope = { readonly type: string } & Readonly<Record<string, unknown>>

/**
 * The server's end of an in-memory socket. Everything crosses after `latencyMs`, in order. The
 * script decides: `accept`, `refuse`, `send`, `close`, `cut`, and `stall` for a half-open line.
 */
export class VirtualServerSocket {
  latencyMs = 1
  /** What the client is told that the network has not taken yet. */
  bufferedBytes = 0
  /** Every text frame that arrived, and its envelopes one by one. */
  readonly receivedTexts: string[] = []
  readonly received: AnyEnvelope[] = []
  /** Called for each envelope that arrives. */
  onEnvelope: (envelope: AnyEnvelope) => void = () => {}
  /** Called once when the client closed, or its page died. */
  onClosed: (code: number) => void = () => {}
  state: 'opening' | 'open' | 'closed' = 'opening'
  #stalled = false

  constructor(
    private readonly clock: VirtualClock,
    private readonly client: SocketEvents,
    readonly url: string,
    readonly protocols: readonly string[],
    /** Tells the environment that the client has seen the end. */
    private readonly ended: () => void,
  ) {}

  accept(protocol: string = this.protocols[0] ?? ''): void {
    this.#toClient(() => {
      if (this.state !== 'opening') return
      this.state = 'open'
      this.client.opened(protocol)
    })
  }

  /** The upgrade fails: a browser sees nothing but 1006. */
  refuse(): void {
    this.close(1006, '')
  }

  send(...envelopes: readonly object[]): void {
    this.sendText(JSON.stringify(envelopes.length === 1 ? envelopes[0] : envelopes))
  }

  sendText(text: string): void {
    this.#toClient(() => {
      if (this.state === 'open') this.client.message(text)
    })
  }

  /** Closes with a close frame that the client sees. */
  close(code: number, reason = ''): void {
    this.#toClient(() => this.finish(code, reason))
  }

  /** The line is cut at once: the client sees 1006 now. */
  cut(): void {
    this.finish(1006, '')
  }

  /** Half open: nothing crosses in either direction until `unstall`. What was sent meanwhile is lost. */
  stall(): void {
    this.#stalled = true
  }

  unstall(): void {
    this.#stalled = false
  }

  /** Envelopes of one type that arrived. */
  receivedOf(type: string): AnyEnvelope[] {
    return this.received.filter((envelope) => envelope.type === type)
  }

  /** The client's end, handed to the SDK by the environment. */
  clientHandle(): SocketHandle {
    return {
      send: (text) => {
        if (this.state !== 'open') return
        this.#toServer(() => this.#arrive(text))
      },
      bufferedBytes: () => this.bufferedBytes,
      close: (code, reason) => {
        if (this.state === 'closed') return
        const told = this.#stalled
        this.clock.setTimer(() => this.finish(code, reason, !told), this.latencyMs)
      },
    }
  }

  /** The page died: the server sees it, the client sees nothing any more. */
  abandon(): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    this.onClosed(1006)
  }

  private finish(code: number, reason: string, tellServer = true): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    this.ended()
    this.client.closed(code, reason)
    if (tellServer) this.onClosed(code)
  }

  #arrive(text: string): void {
    if (this.state !== 'open') return
    this.receivedTexts.push(text)
    const parsed: unknown = JSON.parse(text)
    for (const envelope of (Array.isArray(parsed) ? parsed : [parsed]) as AnyEnvelope[]) {
      this.received.push(envelope)
      this.onEnvelope(envelope)
    }
  }

  #toClient(deliver: () => void): void {
    if (this.#stalled) return
    this.clock.setTimer(deliver, this.latencyMs)
  }

  #toServer(deliver: () => void): void {
    if (this.#stalled) return
    this.clock.setTimer(deliver, this.latencyMs)
  }
}
