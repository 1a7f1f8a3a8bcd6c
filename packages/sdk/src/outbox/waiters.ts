import type { Settled } from '../channel/outbox-view.js'
import { errorOf, type Settlement } from './settlement.js'

interface Waiter {
  readonly promise: Promise<Settled>
  settle(end: Settlement): void
}

/** The promises of commands that this process handed out and that are still open; each settles once. */
export class Waiters {
  readonly #open = new Map<string, Waiter>()

  ids(): readonly string[] {
    return [...this.#open.keys()]
  }

  has(id: string): boolean {
    return this.#open.has(id)
  }

  /** The promise of `id`; `abort` is called when the signal is aborted before it settled. */
  add(id: string, signal?: AbortSignal, abort: () => void = () => {}): Promise<Settled> {
    const known = this.#open.get(id)
    if (known !== undefined) return known.promise
    let settle: Waiter['settle'] = () => {}
    const promise = new Promise<Settled>((resolve, reject) => {
      settle = (end) => {
        signal?.removeEventListener('abort', abort)
        if (end.ok) resolve(end.result)
        else reject(errorOf(end.error))
      }
    })
    // Whoever does not look at the end of a send must not bring down the process.
    promise.catch(() => {})
    signal?.addEventListener('abort', abort)
    this.#open.set(id, { promise, settle })
    return promise
  }

  settle(id: string, end: Settlement): void {
    const waiter = this.#open.get(id)
    this.#open.delete(id)
    waiter?.settle(end)
  }
}
