import type { Command, LogRecord } from '../../stream/command.js'

/** The records of one partition that are not committed yet, with their offsets, and the last ones that are. */
export class LogPartition {
  readonly #records: LogRecord[] = []
  /** The offset of the first record that is kept. */
  #base = 0
  #committed = 0
  #end = 0
  readonly #listeners = new Set<() => void>()

  constructor(
    readonly generation: number,
    readonly partition: number,
    /** How many committed records are kept, for readers that lag behind another. */
    private readonly keepCommitted: number,
  ) {}

  get committed(): number {
    return this.#committed
  }

  /** The offset of the next record. */
  get end(): number {
    return this.#end
  }

  append(command: Command): void {
    const { generation, partition } = this
    this.#records.push({ position: { generation, partition, offset: this.#end }, command })
    this.#end += 1
    if (this.#listeners.size > 0) this.#tell()
  }

  slice(offset: number, max: number): readonly LogRecord[] {
    if (offset < this.#base) throw new Error(`Offset ${offset} is not kept any more.`)
    const from = offset - this.#base
    return this.#records.slice(from, from + max)
  }

  commit(offset: number): void {
    if (offset <= this.#committed) return
    if (offset > this.#end) throw new Error(`Offset ${offset} lies above the end ${this.#end}.`)
    this.#committed = offset
    const base = Math.max(this.#base, offset - this.keepCommitted)
    this.#records.splice(0, base - this.#base)
    this.#base = base
    if (this.#listeners.size > 0) this.#tell()
  }

  /** Calls back after each append and commit until told to stop. */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
