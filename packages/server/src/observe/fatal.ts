/** Keeps the first error after which a server must not go on, and tells whoever asks, also late. */
export class FatalSignal {
  private readonly listeners = new Set<(error: Error) => void>()
  private first: Error | undefined

  get error(): Error | undefined {
    return this.first
  }

  raise(error: Error): void {
    if (this.first !== undefined) return
    this.first = error
    for (const listener of this.listeners) listener(error)
  }

  listen(listener: (error: Error) => void): () => void {
    if (this.first !== undefined) listener(this.first)
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
    }
  }
}
