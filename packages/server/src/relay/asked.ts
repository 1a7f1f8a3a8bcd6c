import type { OutboxEntry } from '../ports/directory.js'

/** Entries whose results other processes wait for; who is not heard asks again (I7). */
const ASKED_MAX = 10_000

interface Asked {
  readonly entry: OutboxEntry
  readonly by: Set<string>
}

/** Which other processes wait for the results of which entries. */
export class AskedEntries {
  readonly #channels = new Map<string, Map<number, Asked>>()
  #size = 0

  add(entry: OutboxEntry, processId: string): void {
    const known = this.#channels.get(entry.channelId)?.get(entry.entryId)
    if (known !== undefined) known.by.add(processId)
    else if (this.#size < ASKED_MAX) {
      const entries = this.#channels.get(entry.channelId) ?? new Map<number, Asked>()
      this.#channels.set(entry.channelId, entries)
      entries.set(entry.entryId, { entry, by: new Set([processId]) })
      this.#size += 1
    }
  }

  of(channelId: string): readonly OutboxEntry[] {
    return Array.from(this.#channels.get(channelId)?.values() ?? [], ({ entry }) => entry)
  }

  /** The processes that have asked for this entry, which is then forgotten. */
  take({ channelId, entryId }: OutboxEntry): Iterable<string> {
    const entries = this.#channels.get(channelId)
    const asked = entries?.get(entryId)
    if (entries === undefined || asked === undefined) return []
    entries.delete(entryId)
    this.#size -= 1
    if (entries.size === 0) this.#channels.delete(channelId)
    return asked.by
  }

  clear(): void {
    this.#channels.clear()
    this.#size = 0
  }
}
