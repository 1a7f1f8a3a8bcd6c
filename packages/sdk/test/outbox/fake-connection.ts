import type { ClientFrame, CommandFrame, ServerFrame, ServerFrames } from '@tidings/protocol'
import type { Connection, ConnectionEvents } from '../../src/connection/port.js'
import { Emitter } from '../../src/emitter.js'
import type { Environment } from '../../src/environment/port.js'

export const SERVER_EPOCH_MS = 1_800_000_000_000

const LIMITS: ServerFrames['hello_ack']['limits'] = {
  text_max_units: 10_000,
  text_max_bytes: 40_960,
  command_max_bytes: 61_440,
  client_frame_max_bytes: 65_536,
  envelopes_per_frame_max: 100,
  backfill_max_events: 100,
  backfills_in_flight_max: 2,
  send_rate_per_s: 0,
  send_burst: 1,
  envelope_rate_per_s: 0,
  envelope_burst: 1,
  ping_interval_ms: 15_000,
  ping_jitter_ms: 3_000,
  silence_timeout_ms: 30_000,
}

/** The connection as the outbox sees it, moved by hand. */
export class FakeConnection implements Connection {
  canSend = false
  session = 0
  /** Every command that was written, oldest first. */
  readonly written: CommandFrame[] = []
  onWrite: (frame: CommandFrame) => void = () => {}
  limits = LIMITS
  readonly #emitter = new Emitter<ConnectionEvents>()
  #skewMs: number | undefined

  constructor(private readonly environment: Environment) {}

  serverNow(): number | undefined {
    return this.#skewMs === undefined ? undefined : this.environment.monotonicNow() + this.#skewMs
  }

  send(frame: ClientFrame): boolean {
    if (!this.canSend) return false
    this.written.push(structuredClone(frame) as CommandFrame)
    this.onWrite(frame as CommandFrame)
    return true
  }

  request(): Promise<ServerFrame> {
    return Promise.reject(new Error('the outbox asks nothing'))
  }

  on<E extends keyof ConnectionEvents>(event: E, listener: ConnectionEvents[E]): () => void {
    return this.#emitter.on(event, listener)
  }

  connect(userId = 'alice', serverNow = SERVER_EPOCH_MS + this.environment.monotonicNow()): void {
    this.session += 1
    this.canSend = true
    this.#skewMs = serverNow - this.environment.monotonicNow()
    const ack: ServerFrames['hello_ack'] = {
      type: 'hello_ack',
      user_id: userId,
      session_id: `session-${this.session}`,
      server_ts: serverNow,
      limits: this.limits,
      resume: 'none',
      channels: [],
      gone: [],
    }
    this.#emitter.emit('connected', ack, this.session)
  }

  disconnect(closeCode?: number): void {
    if (!this.canSend) return
    this.canSend = false
    this.#emitter.emit('disconnected', this.session, closeCode)
  }

  deliver(frame: ServerFrame): void {
    this.#emitter.emit('frame', frame, this.session)
  }

  /** Ids of what was written, in order. */
  ids(): string[] {
    return this.written.map(({ client_msg_id }) => client_msg_id)
  }

  /** Texts of what was written, in order. */
  texts(): string[] {
    return this.written.map((frame) => ('text' in frame ? frame.text : frame.type))
  }

  last(): CommandFrame {
    const frame = this.written.at(-1)
    if (frame === undefined) throw new Error('nothing was written')
    return frame
  }

  ack(frame: CommandFrame = this.last(), channelSeq = 1, deduplicated = false): void {
    this.deliver({
      type: 'message.ack',
      client_msg_id: frame.client_msg_id,
      channel_id: frame.channel_id,
      channel_seq: channelSeq,
      message_id: `m-${channelSeq}`,
      ts: SERVER_EPOCH_MS,
      deduplicated,
    })
  }

  error(code: string, more: Partial<ServerFrames['error']> = {}, frame = this.last()): void {
    this.deliver({
      type: 'error',
      code,
      message: `${code}.`,
      client_msg_id: frame.client_msg_id,
      channel_id: frame.channel_id,
      retryable: ['rate_limited', 'unavailable', 'internal'].includes(code),
      ...more,
    })
  }
}

/** A message as its sender's own event in the stream. */
export const eventOf = (
  frame: CommandFrame,
  channelSeq = 1,
  userId = 'alice',
): ServerFrames['message.new'] => ({
  type: 'message.new',
  channel_id: frame.channel_id,
  channel_seq: channelSeq,
  message_count: channelSeq,
  message_id: `m-${channelSeq}`,
  user_id: userId,
  client_msg_id: frame.client_msg_id,
  text: 'text' in frame ? frame.text : '',
  ts: SERVER_EPOCH_MS,
})
