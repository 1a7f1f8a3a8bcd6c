import { createMemoryPresence } from '../../../packages/server/src/adapters/memory/presence.js'
import type { ServerEnvironment } from '../../../packages/server/src/ports/environment.js'
import type { Presence } from '../../../packages/server/src/ports/presence.js'
import type { Process } from './process.js'

/** Who is there, kept beside the processes, or in the only one there is; it can be away for a while. */
export class WorldPresence {
  readonly #shared: Presence
  #awayUntilMs = 0

  constructor(
    private readonly environment: Pick<ServerEnvironment, 'monotonicNow'>,
    private readonly isShared: boolean,
    private readonly onFault: () => void,
    /** Notes of a process that is gone ended. */
    private readonly onEnded: (users: number) => void,
  ) {
    this.#shared = createMemoryPresence(environment)
  }

  goAway(ms: number): void {
    this.#awayUntilMs = this.environment.monotonicNow() + ms
  }

  heal(): void {
    this.#awayUntilMs = 0
  }

  /** As one process sees it. */
  open(process: Process): Presence {
    const inner = this.isShared ? this.#shared : createMemoryPresence(process.environment)
    const ask = <T>(work: () => Promise<T>): Promise<T> =>
      process.ask(1, () => {
        if (this.environment.monotonicNow() < this.#awayUntilMs) {
          this.onFault()
          throw new Error('presence cannot be had')
        }
        return work()
      })
    return {
      note: (holder, notes) => ask(() => inner.note(holder, notes)),
      expired: (limit) =>
        ask(async () => {
          const ended = await inner.expired(limit)
          this.onEnded(ended.length)
          return ended
        }),
      read: (userIds) => ask(() => inner.read(userIds)),
    }
  }
}
