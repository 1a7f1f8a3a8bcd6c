import { once } from 'node:events'
import { WebSocket } from 'ws'
import { until } from './wait.js'

// biome-ignore lint/suspicious/noExplicitAny: tests read whatever an envelope holds
export type Received = any

export interface SessionOptions {
  readonly token?: string
  /** @default d1 */
  readonly deviceId?: string
  readonly lastSeqMap?: Readonly<Record<string, number | readonly [number, number]>>
  readonly headers?: Readonly<Record<string, string>>
  /** @default /v1/ws */
  readonly path?: string
}

/** A real client of the wire, without an SDK: says what it is told and notes what it hears. */
export class Session {
  readonly received: Received[] = []
  closedWith: number | undefined = undefined
  private count = 0

  private constructor(
    readonly userId: string,
    readonly ws: WebSocket,
  ) {
    ws.on('message', (data) => this.received.push(...[JSON.parse(String(data))].flat()))
    ws.on('error', () => undefined)
    ws.on('close', (code) => {
      this.closedWith = code
    })
  }

  /** A socket that has said nothing. */
  static async open(url: string, userId: string, options: SessionOptions = {}): Promise<Session> {
    const { token = userId, path = '/v1/ws', headers = {} } = options
    const address = `${url.replace(/^http/, 'ws')}${path}?token=${encodeURIComponent(token)}`
    const session = new Session(userId, new WebSocket(address, ['tidings.v1'], { headers }))
    await once(session.ws, 'open')
    return session
  }

  /** A session that is greeted. */
  static async greeted(
    url: string,
    userId: string,
    options: SessionOptions = {},
  ): Promise<Session> {
    const session = await Session.open(url, userId, options)
    session.say({
      type: 'hello',
      device_id: options.deviceId ?? 'd1',
      last_seq_map: options.lastSeqMap ?? {},
    })
    await session.hears('hello_ack')
    return session
  }

  say(envelope: object | string): void {
    this.ws.send(typeof envelope === 'string' ? envelope : JSON.stringify(envelope))
  }

  /** The envelopes so far of one type. */
  all(type: string): Received[] {
    return this.received.filter((envelope) => envelope.type === type)
  }

  /** Resolves to the first envelope of this type that fits. */
  async hears(type: string, fits: (envelope: Received) => boolean = () => true): Promise<Received> {
    const find = () => this.all(type).find(fits)
    await until(`${this.userId} hears ${type}`, () => {
      if (find() !== undefined) return true
      if (this.closedWith !== undefined) throw new Error(`closed with ${this.closedWith}`)
      return false
    })
    return find()
  }

  /** Says it with a `ref` of its own and resolves to the answer. */
  async asks(envelope: object): Promise<Received> {
    const ref = `r${++this.count}`
    this.say({ ...envelope, ref })
    const find = () => this.received.find((answer) => answer.ref === ref)
    await until(`${this.userId} is answered`, () => find() !== undefined)
    return find()
  }

  /** Sends a message and resolves to its ack or its error. */
  sends(channelId: string, text: string, over: object = {}): Promise<Received> {
    return this.asks({
      type: 'message.send',
      channel_id: channelId,
      client_msg_id: `${this.userId}-${++this.count}-${crypto.randomUUID()}`,
      first_try_ts: Date.now(),
      text,
      ...over,
    })
  }

  /** Resolves to the code with which the server closed. */
  async closed(): Promise<number> {
    await until(`${this.userId} is closed`, () => this.closedWith !== undefined)
    return this.closedWith ?? 0
  }

  async end(): Promise<void> {
    this.ws.terminate()
    await this.closed()
  }
}
