import { nowUs } from '../clock.js'
import type { Client, Heard } from './client.js'
import { stampedText } from './text.js'
import { uuidV7 } from './uuid.js'

export interface Sent {
  readonly channelId: string
  readonly atUs: number
  ackedUs?: number
}

/** What was sent and is not acknowledged: as for the SDK, a message's own event says the same as its ack. */
export class Unsettled {
  readonly #waiting = new Map<string, Sent>()
  #refused: string | undefined
  #heads = 0

  get count(): number {
    return this.#waiting.size
  }

  /** Sends a message, in a frame of its own as the SDK does. */
  send(client: Client): Sent {
    const id = uuidV7(Date.now())
    const one: Sent = { channelId: client.channelId, atUs: nowUs() }
    this.#waiting.set(id, one)
    client.send(id, stampedText())
    return one
  }

  /** True if it settles a message. */
  hear({ type, client_msg_id: id, code, text = '' }: Heard): boolean {
    if (type === 'error') this.#refused = `${code} ${text}`
    if (type === 'channel.head') this.#heads += 1
    const one = id === undefined ? undefined : this.#waiting.get(id)
    if (id === undefined || one === undefined) return false
    one.ackedUs = nowUs()
    return this.#waiting.delete(id)
  }

  /** Throws when something was refused: a figure without it would be of something else. */
  check(): void {
    if (this.#refused !== undefined) throw new Error(`a message was refused: ${this.#refused}`)
  }

  toString(): string {
    return `${this.#waiting.size} not acknowledged, ${this.#heads} heads instead of events`
  }
}
