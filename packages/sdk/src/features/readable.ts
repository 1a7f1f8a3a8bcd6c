import { Emitter } from '../emitter.js'

/** A value that is another object after each change, and the same until then: for `useSyncExternalStore`. */
export interface Readable<T> {
  getSnapshot(): T
  /** Calls back after each change; returns the unsubscribe. */
  subscribe(listener: () => void): () => void
}

export interface Cell<T> extends Readable<T> {
  readonly isWatched: boolean
  set(value: T): void
  /** Ends every subscription. */
  close(): void
}

/** `watched` is told when the first listener came, and when the last one went. */
export function createCell<T>(
  initial: T,
  watched: (isWatched: boolean) => void = () => {},
): Cell<T> {
  const emitter = new Emitter<{ change(): void }>()
  let value = initial
  let listeners = 0
  return {
    get isWatched() {
      return listeners > 0
    },
    getSnapshot: () => value,
    set(next) {
      if (next === value) return
      value = next
      emitter.emit('change')
    },
    subscribe(listener) {
      const off = emitter.on('change', listener)
      let isOn = true
      listeners += 1
      if (listeners === 1) watched(true)
      return () => {
        if (!isOn) return
        isOn = false
        off()
        listeners -= 1
        if (listeners === 0) watched(false)
      }
    },
    close() {
      emitter.clear()
    },
  }
}
