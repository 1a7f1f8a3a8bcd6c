import type { Settled } from '../channel/outbox-view.js'
import { TidingsError } from '../errors.js'
import { onAbort } from '../turn.js'
import type { Sending } from './port.js'
import { errorOf, type Settlement } from './settlement.js'

/** The promises of commands that this process handed out and that are still open; each settles once. */
export interface Waiters {
  ids(): readonly string[]
  has(id: string): boolean
  /** The promise of `id`; `abort` is called when the signal is aborted before it settled. */
  add(id: string, signal?: AbortSignal, abort?: () => void): Promise<Settled>
  settle(id: string, end: Settlement): void
}

export function createWaiters(): Waiters {
  const promises = new Map<string, Promise<Settled>>()
  const settles = new Map<string, (end: Settlement) => void>()
  return {
    ids: () => [...promises.keys()],
    has: (id) => promises.has(id),
    add(id, signal, abort = () => {}) {
      const known = promises.get(id)
      if (known !== undefined) return known
      const promise = new Promise<Settled>((resolve, reject) => {
        const offAbort = onAbort(signal, abort)
        settles.set(id, (end) => {
          offAbort()
          if (end.ok) resolve(end.result)
          else reject(errorOf(end.error))
        })
      })
      // Whoever does not look at the end of a send must not bring down the process.
      promise.catch(() => {})
      promises.set(id, promise)
      return promise
    },
    settle(id, end) {
      const settle = settles.get(id)
      settles.delete(id)
      promises.delete(id)
      settle?.(end)
    },
  }
}

/** What `task` made, or, where it threw, what never came into the outbox. */
export function orRejected(clientMsgId: string, task: () => Sending): Sending {
  try {
    return task()
  } catch (error) {
    const settled = Promise.reject(TidingsError.from(error))
    settled.catch(() => {})
    return { clientMsgId, settled }
  }
}
