/**
 * What one assignment did, by key and offset, until that offset is committed (R4). Kept in the order of the
 * offsets, so that forgetting costs only what is forgotten (I7).
 */
export class Recent<V> {
  readonly #entries = new Map<string, { readonly offset: number; readonly value: V }>()

  get size(): number {
    return this.#entries.size
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)?.value
  }

  /** Offsets must not fall from one call to the next. */
  set(key: string, offset: number, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, { offset, value })
  }

  /** Undoes what was set from the offset on. */
  forgetFrom(offset: number): void {
    for (const [key, entry] of this.#entries) if (entry.offset >= offset) this.#entries.delete(key)
  }

  forgetBelow(offset: number): void {
    for (const [key, entry] of this.#entries) {
      if (entry.offset >= offset) return
      this.#entries.delete(key)
    }
  }
}
