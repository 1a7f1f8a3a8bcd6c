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
