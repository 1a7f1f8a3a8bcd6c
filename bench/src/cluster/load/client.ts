import { WebSocket } from 'ws'

export interface Heard {
  readonly type: string
  readonly client_msg_id?: string
  readonly user_id?: string
  readonly text?: string
  readonly code?: string
  readonly head_seq?: number
  readonly to_seq?: number
  readonly has_more?: boolean
  readonly spread_ms?: number
  readonly messages?: readonly Heard[]
}

const HELLO_TIMEOUT_MS = 20_000

/** A user's socket at one gateway. What it hears goes to `hear`, envelope by envelope. */
export class Client {
  hear: (heard: Heard) => void = () => undefined
  /** Called after all of a frame was heard. */
  heardAll: () => void = () => undefined

  private constructor(
    private readonly socket: WebSocket,
    readonly userId: string,
    readonly channelId: string,
    /** Its place in the list of gateways. */
    readonly gateway: number,
  ) {
    socket.on('message', (data: Buffer) => {
      const parsed = JSON.parse(data.toString()) as Heard | readonly Heard[]
      if (Array.isArray(parsed)) for (const one of parsed as readonly Heard[]) this.hear(one)
      else this.hear(parsed as Heard)
      this.heardAll()
    })
    socket.on('error', () => undefined)
  }

  /** Resolves when its hello was answered. */
  static async open(options: {
    readonly url: string
    readonly token: string
    readonly userId: string
    readonly channelId: string
    readonly gateway: number
  }): Promise<Client> {
    const { url, token, userId, channelId, gateway } = options
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/ws`, ['tidings.v1'], {
      perMessageDeflate: false,
    })
    const client = new Client(socket, userId, channelId, gateway)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(() => reject(new Error('hello was not answered')), HELLO_TIMEOUT_MS)
    client.hear = ({ type, code }) => {
      if (type === 'hello_ack') resolve()
      if (type === 'error') reject(new Error(`hello was answered with ${code}`))
    }
    socket.once('close', (code) => reject(new Error(`the socket was closed with ${code}`)))
    socket.once('open', () =>
      socket.send(JSON.stringify({ type: 'hello', last_seq_map: {}, device_id: userId, token })),
    )
    try {
      await promise
    } catch (error) {
      socket.terminate()
      throw error
    } finally {
      clearTimeout(timer)
    }
    client.hear = () => undefined
    return client
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN
  }

  send(id: string, text: string): void {
    this.socket.send(
      JSON.stringify({
        type: 'message.send',
        channel_id: this.channelId,
        client_msg_id: id,
        first_try_ts: Date.now(),
        text,
      }),
    )
  }

  /** Asks for what comes after a number. */
  pull(afterSeq: number): void {
    this.socket.send(
      JSON.stringify({
        type: 'backfill.request',
        ref: 'pull',
        channel_id: this.channelId,
        after_seq: afterSeq,
        direction: 'forward',
        limit: 100,
      }),
    )
  }

  close(): void {
    this.socket.terminate()
  }
}
