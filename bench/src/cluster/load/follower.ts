import type { Client, Heard } from './client.js'

/** A member who reads along as the SDK does: what comes live, and where only heads come, what it pulls. */
export class Follower {
  /** Messages that came live. */
  live = 0
  /** Messages that were pulled. */
  pulled = 0
  #atSeq: number | undefined
  #head = 0
  #isPulling = false
  #refused: string | undefined

  constructor(private readonly client: Client) {
    client.hear = (heard) => this.hear(heard)
  }

  /** Throws when a pull was refused. */
  check(): void {
    if (this.#refused !== undefined) throw new Error(`a pull was refused: ${this.#refused}`)
  }

  private hear({ type, code, head_seq: head = 0, to_seq: to = 0, ...heard }: Heard): void {
    if (type === 'message.new') this.live += 1
    if (type === 'error') this.#refused = code
    if (type === 'channel.head') {
      this.#head = head
      // the first says from where on
      this.#atSeq ??= head
      this.pullSoon(heard.spread_ms)
    }
    if (type === 'message.backfill') {
      this.pulled += heard.messages?.length ?? 0
      this.#atSeq = to
      this.#isPulling = false
      this.pullSoon(0)
    }
  }

  private pullSoon(spreadMs = 0): void {
    if (this.#isPulling || this.#atSeq === undefined || this.#atSeq >= this.#head) return
    this.#isPulling = true
    setTimeout(() => this.client.pull(this.#atSeq ?? 0), Math.random() * spreadMs)
  }
}
