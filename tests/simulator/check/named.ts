import type { ClientFrames, ServerFrames } from '@tidings/protocol'
import type { Line } from '../world/line.js'

interface LineState {
  /** Channels that the connection was told of. */
  readonly named: Set<string>
  /** What was asked for by id, by the `ref` of the question. */
  readonly asked: Map<string, readonly string[]>
  /** Asked for, and not this user's by then. */
  readonly refused: Set<string>
}

/** In which orders a client learns of the channels of its user. */
export class NamedChannels {
  readonly #lines = new Map<Line, LineState>()
  /** By user: what a greeting named. */
  readonly #greeted = new Map<string, Set<string>>()
  readonly counts = {
    /** By an answer, and so not by `channel.added`. */
    listed_before_added: 0,
    asked_before_added: 0,
    greeted_with_added: 0,
    gone_at_greeting: 0,
  }

  asked(line: Line, { ref, channel_ids }: ClientFrames['channels.list']): void {
    if (ref !== undefined && channel_ids !== undefined)
      this.#state(line).asked.set(ref, channel_ids)
  }

  greeted(line: Line, { user_id, channels, gone }: ServerFrames['hello_ack']): void {
    this.counts.gone_at_greeting += gone.length
    const { named } = this.#state(line)
    const before = this.#greeted.get(user_id)
    const now = new Set(channels.map(({ channel_id }) => channel_id))
    this.#greeted.set(user_id, now)
    for (const channelId of now) {
      named.add(channelId)
      if (before !== undefined && !before.has(channelId)) this.counts.greeted_with_added += 1
    }
  }

  page(line: Line, { ref = '', channels }: ServerFrames['channels.page']): void {
    const { named, asked, refused } = this.#state(line)
    const ids = asked.get(ref)
    asked.delete(ref)
    const listed = new Set(channels.map(({ channel_id }) => channel_id))
    for (const channelId of listed) {
      if (ids !== undefined && !named.has(channelId)) this.counts.listed_before_added += 1
      named.add(channelId)
    }
    for (const channelId of ids ?? []) if (!listed.has(channelId)) refused.add(channelId)
  }

  added(line: Line, channelId: string): void {
    const { named, refused } = this.#state(line)
    if (refused.delete(channelId)) this.counts.asked_before_added += 1
    named.add(channelId)
  }

  removed(line: Line, channelId: string): void {
    this.#state(line).named.delete(channelId)
  }

  forget(line: Line): void {
    this.#lines.delete(line)
  }

  #state(line: Line): LineState {
    let state = this.#lines.get(line)
    if (state === undefined) {
      state = { named: new Set(), asked: new Map(), refused: new Set() }
      this.#lines.set(line, state)
    }
    return state
  }
}
