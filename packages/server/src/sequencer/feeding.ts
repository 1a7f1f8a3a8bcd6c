import { pause } from '../environment/pause.js'
import type { FedMessage, MessageFeed } from '../ports/message-feed.js'
import type { ChannelPush } from '../ports/push.js'
import { backOffMs } from './back-off.js'
import type { SequencerOptions } from './options.js'

/** What is stored within so long is fed together: offsets are committed far later anyway (R8). */
const GATHER_MS = 50

export interface FeedingOptions extends Pick<SequencerOptions, 'environment' | 'onTrouble'> {
  readonly partition: number
  /** Ends the waiting, and with it the feeding. */
  readonly signal: AbortSignal
  /** Every message of what lies below the offset is fed. */
  readonly onFed: (offset: number) => void
}

/**
 * R7, R8: what is stored is fed, in order, one publish at a time; acks and pushes do not wait for it. What was not
 * fed is not committed, so whoever folds it again feeds it.
 */
export class Feeding {
  #messages: FedMessage[] = []
  #offset: number | undefined
  #isWorking = false

  constructor(
    private readonly feed: MessageFeed,
    private readonly options: FeedingOptions,
  ) {}

  /** These were stored, and with them everything below the offset. */
  stored(channels: readonly ChannelPush[], offset: number): void {
    this.#messages.push(...channels.flatMap(messagesOf))
    this.#offset = offset
    void this.#work()
  }

  async #work(): Promise<void> {
    const { environment, signal, onFed } = this.options
    if (this.#isWorking) return
    this.#isWorking = true
    while (this.#offset !== undefined && !signal.aborted) {
      if (this.#messages.length > 0) await pause(environment, GATHER_MS, signal)
      const messages = this.#messages
      const offset = this.#offset
      this.#messages = []
      this.#offset = undefined
      if (messages.length > 0) await this.#publish(messages)
      if (!signal.aborted) onFed(offset)
    }
    this.#isWorking = false
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
