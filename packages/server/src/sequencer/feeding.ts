import { pause } from '../environment/pause.js'
import { pieceOf } from '../environment/pieces.js'
import type { FedMessage, MessageFeed } from '../ports/message-feed.js'
import type { ChannelPush } from '../ports/push.js'
import { backOffMs } from './back-off.js'
import type { SequencerOptions } from './options.js'

/** What is stored within so long is fed together: offsets are committed far later anyway (R8). */
const GATHER_MS = 50
/** Most that is published at once: far below what any feed lets wait, or a backlog would never go in (I7). */
const PIECE = {
  maxItems: 500,
  /** Of their JSON, in UTF-16 units: of the largest messages some too. */
  maxSize: 256 * 1024,
}

export interface FeedingOptions extends Pick<SequencerOptions, 'environment' | 'onTrouble'> {
  readonly partition: number
  /** Ends the waiting, and with it the feeding. */
  readonly signal: AbortSignal
  /** Every message of what lies below the offset is fed. */
  readonly onFed: (offset: number) => void
}

/**
 * R7, R8: what is stored is fed, in order, one publish at a time; acks and pushes do not wait for it. What was not
 * fed is not committed, so whoever folds it again feeds it. What piled up while the feed took nothing is offered in
 * pieces that it has room for, each until it is taken.
 */
export class Feeding {
  /** Stored and not fed. */
  readonly #messages: FedMessage[] = []
  #fed = 0
  /** An offset is fed when so many messages are. */
  readonly #ends: { readonly count: number; readonly offset: number }[] = []
  #isWorking = false

  constructor(
    private readonly feed: MessageFeed,
    private readonly options: FeedingOptions,
  ) {}

  /** These were stored, and with them everything below the offset. */
  stored(channels: readonly ChannelPush[], offset: number): void {
    this.#messages.push(...channels.flatMap(messagesOf))
    this.#ends.push({ count: this.#fed + this.#messages.length, offset })
    void this.#work()
  }

  async #work(): Promise<void> {
    const { environment, signal } = this.options
    if (this.#isWorking) return
    this.#isWorking = true
    while (this.#ends.length > 0 && !signal.aborted) {
      const waiting = this.#messages.length
      if (waiting > 0 && waiting < PIECE.maxItems) await pause(environment, GATHER_MS, signal)
      const piece = this.#messages.slice(
        0,
        pieceOf(this.#messages, ({ json }) => json.length, PIECE),
      )
      if (piece.length > 0) await this.#publish(piece)
      if (signal.aborted) break
      this.#messages.splice(0, piece.length)
      this.#fed += piece.length
      this.#tell()
    }
    this.#isWorking = false
  }

  #tell(): void {
    const open = this.#ends.findIndex(({ count }) => count > this.#fed)
    const done = this.#ends.splice(0, open < 0 ? this.#ends.length : open)
    const last = done.at(-1)
    if (last !== undefined) this.options.onFed(last.offset)
  }

  /** Resolves when they are in the feed, or when it does not matter any more. */
  async #publish(messages: readonly FedMessage[]): Promise<void> {
    const { environment, partition, signal, onTrouble } = this.options
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        await this.feed.publish(messages)
        return
      } catch (error) {
        onTrouble?.(partition, error)
        await pause(environment, backOffMs(failures, environment.random()), signal)
      }
    }
  }
}

const messagesOf = ({ events }: ChannelPush): FedMessage[] =>
  events.flatMap(({ event, json, request }) =>
    event.type === 'message.new' ? [{ event, json, request }] : [],
  )
