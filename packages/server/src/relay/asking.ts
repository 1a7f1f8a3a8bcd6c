import { inPages } from '../environment/pieces.js'
import type { Inbox } from '../fan-out/inbox.js'
import type { OutboxEntry } from '../ports/directory.js'
import type { ServerEnvironment } from '../ports/environment.js'
import type { PushBus } from '../ports/push.js'
import type { CommandResult } from '../stream/command.js'

/** Entries that are asked for in one push, and again in one interval (I7). */
const ASKED_AT_ONCE_MAX = 1_000

export interface AskingOptions {
  readonly environment: ServerEnvironment
  readonly inbox: Inbox
  /** The id of this process on the push bus. */
  readonly processId: string
  readonly bus: Pick<PushBus, 'push' | 'processes'>
  /** What is not answered is asked again this often, in milliseconds. @default 500 */
  readonly askIntervalMs?: number | undefined
  readonly onResult: (entry: OutboxEntry, result: CommandResult) => void
}

/**
 * Asks whoever brings entries for their results, each until there is one. What is asked for in one turn goes in one
 * push; what waits is asked again in one push for each interval, who was asked longest ago first.
 */
export class Asking {
  /** In the order in which they were last asked for. */
  readonly #waiting = new Map<number, { readonly entry: OutboxEntry; readonly stop: () => void }>()
  #asked: OutboxEntry[] = []
  #timer: unknown

  constructor(private readonly options: AskingOptions) {}

  add(entry: OutboxEntry): void {
    const { entryId } = entry
    if (this.#waiting.has(entryId)) return
    const stop = this.options.inbox.expect(`outbox:${entryId}`, ({ result }) => {
      this.#waiting.delete(entryId)
      this.options.onResult(entry, result)
    })
    this.#waiting.set(entryId, { entry, stop })
    this.#asked.push(entry)
    if (this.#asked.length === 1) void Promise.resolve().then(() => this.askNew())
    this.#timer ??= this.askLater()
  }

  /** The result has come in another way, or nobody waits for it any more. */
  delete(entryId: number): void {
    this.#waiting.get(entryId)?.stop()
    this.#waiting.delete(entryId)
  }

  close(): void {
    this.options.environment.clearTimer(this.#timer)
    this.#asked = []
    for (const { stop } of this.#waiting.values()) stop()
    this.#waiting.clear()
  }

  private askNew(): void {
    const asked = this.#asked
    this.#asked = []
    for (const entries of inPages(asked, ASKED_AT_ONCE_MAX)) this.ask(entries)
  }

  private askLater(): unknown {
    const { environment, askIntervalMs = 500 } = this.options
    return environment.setTimer(() => this.askAgain(), askIntervalMs)
  }

  private askAgain(): void {
    this.#timer = undefined
    const again = [...this.#waiting.values()].slice(0, ASKED_AT_ONCE_MAX)
    if (again.length === 0) return
    for (const one of again) {
      this.#waiting.delete(one.entry.entryId)
      this.#waiting.set(one.entry.entryId, one)
    }
    this.ask(again.map(({ entry }) => entry))
    this.#timer = this.askLater()
  }

  /** This process among them: the election may have made it the one. */
  private ask(entries: readonly OutboxEntry[]): void {
    const { bus, processId } = this.options
    const outbox = { processId, entries }
    for (const one of bus.processes()) {
      // who is not reached is asked again
      bus.push(one, { channels: [], answers: [], outbox }).catch(() => undefined)
    }
  }
}
