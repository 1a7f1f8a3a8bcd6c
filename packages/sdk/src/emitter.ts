import { EventEmitter } from 'eventemitter3'
import { check, isFunction } from './arguments.js'
import { lasting } from './turn.js'

/** Events by name, each with what its listeners are called with. */
// biome-ignore lint/suspicious/noExplicitAny: listeners of any shape; each call site is typed by E
type Listeners<E> = { [K in keyof E]: (...args: any[]) => void }

export interface ListenOptions {
  /** Ends the subscription when it is aborted. */
  readonly signal?: AbortSignal | undefined
}

/**
 * `on` and `emit` over eventemitter3. A listener that throws harms neither the others nor the SDK:
 * its error is reported as unhandled. Listeners run in order of registration.
 */
export class Emitter<E extends Listeners<E>> {
  readonly #emitter = new EventEmitter()

  /** Subscribes; returns the unsubscribe, which may be called twice. */
  on<K extends keyof E & string>(event: K, listener: E[K], options?: ListenOptions): () => void {
    return lasting(options, () => {
      check('listener', listener, isFunction(listener), 'a function')
      // Of its own, so that one function may listen twice and leave once.
      const call = listener.bind(undefined)
      this.#emitter.on(event, call)
      return [() => this.#emitter.off(event, call)]
    })
  }

  emit<K extends keyof E & string>(event: K, ...args: Parameters<E[K]>): void {
    for (const listener of this.#emitter.listeners(event)) {
      try {
        listener(...args)
      } catch (error) {
        void Promise.reject(error)
      }
    }
  }

  /** Ends every subscription. */
  clear(): void {
    this.#emitter.removeAllListeners()
  }
}
