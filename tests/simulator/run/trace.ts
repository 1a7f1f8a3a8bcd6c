/** What happened in a run, in order: kept when somebody wants to read it, and always summed up in a number. */
export class Trace {
  readonly lines: string[] = []
  #hash = 0x811c9dc5

  constructor(
    private readonly nowMs: () => number,
    private readonly keeps: boolean,
  ) {}

  /** The same seed must give the same. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0')
  }

  add(text: string): void {
    this.#mix(text)
    if (this.keeps) this.lines.push(`${this.#time()}  ${text}`)
  }

  /** Only for readers: made only when somebody reads. */
  detail(make: () => string): void {
    if (this.keeps) this.lines.push(`${this.#time()}    ${make()}`)
  }

  /** A frame: too much to read, and enough of it is summed up to tell one from another. */
  mix(text: string): void {
    this.#mix(text.length > 200 ? `${text.length} ${text.slice(-100)}` : text)
  }

  #mix(text: string): void {
    let hash = this.#hash ^ Math.round(this.nowMs() * 1000)
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
    this.#hash = hash
  }

  #time(): string {
    return (this.nowMs() / 1000).toFixed(3).padStart(9)
  }
}
