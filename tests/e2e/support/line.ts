import { WebSocket } from 'ws'

/** Nobody listens there. */
const NOWHERE = 'ws://127.0.0.1:9'

/** The network of one client, which a scenario can cut and hold up. */
export class Line {
  private readonly sockets = new Set<WebSocket>()
  private isCut = false
  private isHeld = false

  /** For a client to use in place of its own class. */
  readonly WebSocket = socketsOn(this)

  /** Ends what is open, without a word, and lets nothing through. */
  cut(): void {
    this.isCut = true
    for (const socket of this.sockets) socket.terminate()
  }

  mend(): void {
    this.isCut = false
  }

  /** The client reads nothing any more: what is sent to it stays in the network. */
  hold(): void {
    this.isHeld = true
    for (const socket of this.sockets) socket.pause()
  }

  release(): void {
    this.isHeld = false
    for (const socket of this.sockets) socket.resume()
  }

  address(url: string): string {
    return this.isCut ? NOWHERE : url
  }

  opened(socket: WebSocket): void {
    this.sockets.add(socket)
    socket.once('open', () => this.isHeld && socket.pause())
    socket.once('close', () => this.sockets.delete(socket))
  }
}

function socketsOn(line: Line) {
  return class extends WebSocket {
    constructor(url: string, protocols?: string[]) {
      super(line.address(url), protocols)
      line.opened(this)
    }
  } as never
}
