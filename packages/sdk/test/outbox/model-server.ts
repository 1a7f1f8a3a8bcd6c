import type { CommandFrame, ServerFrame } from '@tidings/protocol'
import { eventOf } from './fake-connection.js'
import type { ModelWorld } from './model-world.js'

/** Accepts each command once, knows repeats by their id, and in a storm answers late, twice, with an error or not at all. */
export class ModelServer {
  /** Per channel, in order of acceptance. */
  readonly log = new Map<string, { id: string; text: string }[]>()
  readonly #verdicts = new Map<string, { seq: number } | 'refused'>()

  constructor(private readonly world: ModelWorld) {}

  hasRefused(id: string): boolean {
    return this.#verdicts.get(id) === 'refused'
  }

  serve(frame: CommandFrame): { answer: ServerFrame; afterMs: number }[] {
    const { client_msg_id: id, channel_id } = frame
    const known = this.#verdicts.get(id)
    const chance = this.world.isStormy ? this.world.random() : 1
    const error = (code: string, more = {}): { answer: ServerFrame; afterMs: number } => ({
      afterMs: 5,
      answer: {
        type: 'error',
        code,
        message: code,
        client_msg_id: id,
        retryable: code !== 'refused',
        ...more,
      },
    })
    if (known === undefined) {
      if (chance < 0.1) return [error('rate_limited', { retry_after_ms: 700 })]
      if (chance < 0.15) return [error('internal')]
      if (chance < 0.2) this.#verdicts.set(id, 'refused')
      else this.#accept(frame)
    }
    const verdict = this.#verdicts.get(id)
    if (verdict === 'refused') return [error('refused')]
    const seq = verdict?.seq ?? 0
    const ack: ServerFrame = {
      type: 'message.ack',
      client_msg_id: id,
      channel_id,
      channel_seq: seq,
      message_id: `m-${seq}`,
      ts: 1,
      deduplicated: known !== undefined,
    }
    if (chance < 0.3) return []
    if (chance < 0.4) return [error('unavailable', { retry_after_ms: 300 })]
    if (chance < 0.5) return [{ answer: ack, afterMs: 5 + this.world.random() * 15_000 }]
    if (chance < 0.6) {
      this.world.reached.add('settled by its own event')
      return [{ answer: eventOf(frame, seq), afterMs: 5 }]
    }
    if (chance < 0.7) return [1, 2].map((n) => ({ answer: ack, afterMs: 5 * n }))
    return [{ answer: ack, afterMs: 5 }]
  }

  #accept(frame: CommandFrame): void {
    const events = this.log.get(frame.channel_id) ?? []
    this.log.set(frame.channel_id, events)
    const text = 'text' in frame ? frame.text : ''
    events.push({ id: frame.client_msg_id, text })
    this.#verdicts.set(frame.client_msg_id, { seq: events.length })
  }
}
