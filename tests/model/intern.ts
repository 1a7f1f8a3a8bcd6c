/** Gives every distinct thing a small number: what is said twice is the same thing. */
export class Interner<T> {
  readonly #ids = new Map<string, number>()
  readonly #things: T[] = []

  get size(): number {
    return this.#things.length
  }

  /** `name` says everything about the thing; `make` is called for the first of its kind. */
  intern(name: string, make: () => T): number {
    const known = this.#ids.get(name)
    if (known !== undefined) return known
    const id = this.#things.length
    this.#ids.set(name, id)
    this.#things.push(make())
    return id
  }

  get(id: number): T {
    const thing = this.#things[id]
    if (thing === undefined) throw new Error(`there is no ${id}`)
    return thing
  }
}
