import { given } from './arguments.js'
import type { ListenOptions } from './emitter.js'

/**
 * A function that has `task` run at the end of the current turn: once, however often it is called
 * until then.
 */
export function atEndOfTurn(task: () => void): () => void {
  let isDue = false
  return () => {
    if (isDue) return
    isDue = true
    void Promise.resolve().then(() => {
      isDue = false
      task()
    })
  }
}

/** Calls back when the signal is aborted from now on; returns the end of that. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  signal?.addEventListener('abort', listener)
  return () => signal?.removeEventListener('abort', listener)
}

const nothing = (): void => {}

/** Begins what its ends end: once, by the returned function or the signal of the options. */
export function lasting(
  options: ListenOptions | undefined,
  begin: () => (() => unknown)[],
): () => void {
  const { signal } = given(options)
  if (signal?.aborted) return nothing
  const ends = begin()
  const off = (): void => {
    for (const end of ends.splice(0)) end()
  }
  ends.push(onAbort(signal, off))
  return off
}
