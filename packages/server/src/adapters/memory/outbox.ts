import type { EntryDraft } from '../../directory/decisions.js'
import type { OutboxEntry } from '../../ports/directory.js'
import type { ServerEnvironment } from '../../ports/environment.js'

/** What the directory in memory has still to say in channels (R15), in the order in which it was entered. */
export class MemoryOutbox {
  readonly #entries = new Map<number, OutboxEntry>()
  #last = 0

  constructor(private readonly environment: Pick<ServerEnvironment, 'now'>) {}

  enter(channelId: string, { userId, payload }: EntryDraft): OutboxEntry {
    this.#last += 1
    const createdAt = this.environment.now()
    const entry = { entryId: this.#last, channelId, userId, payload, createdAt }
    this.#entries.set(entry.entryId, entry)
    return entry
  }

  channels(): ReadonlySet<string> {
    return new Set(Array.from(this.#entries.values(), (entry) => entry.channelId))
  }

  of(channelId: string, limit: number): readonly OutboxEntry[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.channelId === channelId)
      .slice(0, limit)
  }

  leavings(userId: string, channelIds: readonly string[]): readonly OutboxEntry[] {
    return [...this.#entries.values()].filter(
      (entry) =>
        entry.userId === userId &&
        entry.payload.kind === 'member.leave' &&
        channelIds.includes(entry.channelId),
    )
  }

  done(entryIds: readonly number[]): void {
    for (const entryId of entryIds) this.#entries.delete(entryId)
  }
}
