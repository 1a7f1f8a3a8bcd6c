import { DirectoryError, type OutboxEntry } from '../ports/directory.js'
import type { ServerEnvironment } from '../ports/environment.js'
import type { CommandResult } from '../stream/command.js'

/** Why nobody waits for a result any more: the stream stood still too long, or too many others wait. */
export type GivenUp = 'late' | 'full'

export interface AwaitedOptions {
  readonly environment: Pick<ServerEnvironment, 'setTimer' | 'clearTimer'>
  /** How long a channel may bring no result until those who wait in it are told, in milliseconds. */
  readonly timeoutMs: number
  /** Most results that are waited for; half as many in one channel, so that its import keeps no other from waiting. */
  readonly max: number
  readonly onGivenUp: (entries: readonly OutboxEntry[], why: GivenUp) => void
}

interface Waiter {
  readonly entry: OutboxEntry
  readonly result: PromiseWithResolvers<CommandResult>
}
interface Channel {
  readonly waiters: Map<number, Waiter>
  timer: unknown
}

/**
 * Who waits for the results of which entries (I7). Where many wait in one channel the last of them may wait long, and
 * all of them no longer once none is brought: then the log, or the sequencer of that channel, is away.
 */
export class AwaitedResults {
  readonly #channels = new Map<string, Channel>()
  #size = 0

  constructor(private readonly options: AwaitedOptions) {}

  has({ channelId, entryId }: OutboxEntry): boolean {
    return this.#channels.get(channelId)?.waiters.has(entryId) === true
  }

  /** Rejects with DirectoryError `unavailable` when the result does not come in time, or cannot be waited for. */
  wait(entry: OutboxEntry): Promise<CommandResult> {
    const { channelId, entryId } = entry
    const channel = this.#channels.get(channelId)
    const known = channel?.waiters.get(entryId)
    if (known !== undefined) return known.result.promise
    const { max } = this.options
    if (this.#size >= max || (channel !== undefined && channel.waiters.size >= max / 2)) {
      this.options.onGivenUp([entry], 'full')
      return Promise.reject(notYet())
    }
    const result = Promise.withResolvers<CommandResult>()
    const { waiters } = channel ?? this.#begin(channelId)
    waiters.set(entryId, { entry, result })
    this.#size += 1
    return result.promise
  }

  resolve({ channelId, entryId }: OutboxEntry, result: CommandResult): void {
    const channel = this.#channels.get(channelId)
    if (channel === undefined) return
    const waiter = channel.waiters.get(entryId)
    waiter?.result.resolve(result)
    if (channel.waiters.delete(entryId)) this.#size -= 1
    this.options.environment.clearTimer(channel.timer)
    if (channel.waiters.size === 0) this.#channels.delete(channelId)
    else this.#plan(channelId, channel)
  }

  close(): void {
    for (const channelId of [...this.#channels.keys()]) this.#end(channelId)
  }

  #begin(channelId: string): Channel {
    const channel: Channel = { waiters: new Map(), timer: undefined }
    this.#channels.set(channelId, channel)
    this.#plan(channelId, channel)
    return channel
  }

  #plan(channelId: string, channel: Channel): void {
    const { environment, timeoutMs } = this.options
    channel.timer = environment.setTimer(() => {
      this.options.onGivenUp(this.#end(channelId), 'late')
    }, timeoutMs)
  }

  #end(channelId: string): readonly OutboxEntry[] {
    const channel = this.#channels.get(channelId)
    if (channel === undefined) return []
    this.#channels.delete(channelId)
    this.#size -= channel.waiters.size
    this.options.environment.clearTimer(channel.timer)
    const waiters = [...channel.waiters.values()]
    for (const { result } of waiters) result.reject(notYet())
    return waiters.map(({ entry }) => entry)
  }
}

/** What is told who does not wait any more. */
export const notYet = (): DirectoryError =>
  new DirectoryError(
    'unavailable',
    'The change was made; its event is not in the channel yet, and follows by itself.',
  )
