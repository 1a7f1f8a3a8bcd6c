import type { Environment } from '../environment/port.js'
import { TidingsError } from '../errors.js'
import { within } from './within.js'

export interface DrainOptions {
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Those who wait until the outbox is empty. */
export class Drains {
  readonly #open = new Set<{ resolve: () => void; reject: (error: TidingsError) => void }>()

  wait(environment: Environment, { timeoutMs, signal }: DrainOptions): Promise<void> {
    let leave = (): void => {}
    const drained = new Promise<void>((resolve, reject) => {
      const drain = { resolve, reject }
      const abort = (): void => reject(new TidingsError('aborted', 'The caller aborted it.'))
      if (signal?.aborted) abort()
      signal?.addEventListener('abort', abort)
      this.#open.add(drain)
      leave = () => {
        this.#open.delete(drain)
        signal?.removeEventListener('abort', abort)
      }
    })
    const bounded = timeoutMs === undefined ? drained : within(environment, timeoutMs, drained)
    return bounded.finally(leave)
  }

  resolve(): void {
    for (const { resolve } of this.#open) resolve()
  }

  reject(error: TidingsError): void {
    for (const { reject } of this.#open) reject(error)
  }
}
