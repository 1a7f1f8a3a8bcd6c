import { createMemoryReceipts } from '../../../packages/server/src/adapters/memory/receipts.js'
import type { ReceiptRise, Receipts } from '../../../packages/server/src/ports/receipts.js'
import type { Process } from './process.js'

/** What may happen to the next call. */
export type ReceiptsFault =
  /** Nothing is read or stored, and the caller is told so. */
  | 'receipts_refused'
  /** What was to be stored is, and the caller is told that it is not known. */
  | 'receipts_answer_lost'

/** The watermarks of a world: they outlive every process, and can be taken back to a backup. */
export class WorldReceipts {
  #receipts = createMemoryReceipts()
  /** Every rise that was stored, in order: what a backup is made of. */
  readonly #journal: ReceiptRise[] = []
  #faults: ReceiptsFault[] = []
  latencyMs = 1

  constructor(
    private readonly onFault: (fault: ReceiptsFault) => void,
    private readonly onStored: (rises: readonly ReceiptRise[]) => void,
  ) {}

  /** As they are now, for who only looks. */
  get current(): Receipts {
    return this.#receipts
  }

  /** What was there before a world begins. */
  setUp = (rises: readonly ReceiptRise[]): Promise<void> => this.#store(rises)

  failNext(fault: ReceiptsFault, calls: number): void {
    for (let i = 0; i < calls; i++) this.#faults.push(fault)
  }

  heal(): void {
    this.#faults = []
    this.latencyMs = 1
  }

  backup(): number {
    return this.#journal.length
  }

  /** Forgets everything that was stored since. */
  restore(backup: number): void {
    this.#journal.length = backup
    this.#receipts = createMemoryReceipts()
    void this.#receipts.raise(this.#journal)
  }

  /** The watermarks as one process sees them. */
  open(process: Process): Receipts {
    const ask = <T>(work: () => Promise<T>): Promise<T> =>
      process.ask(this.latencyMs, () => {
        if (this.#faults[0] === 'receipts_refused') this.#fail()
        return work()
      })
    return {
      raise: (rises) =>
        ask(async () => {
          await this.#store(rises)
          if (this.#faults[0] === 'receipts_answer_lost') this.#fail()
        }),
      ofUser: (userId) => ask(() => this.#receipts.ofUser(userId)),
      inChannel: (channelId, cursor) => ask(() => this.#receipts.inChannel(channelId, cursor)),
      reached: (channelId, mark) => ask(() => this.#receipts.reached(channelId, mark)),
    }
  }

  async #store(rises: readonly ReceiptRise[]): Promise<void> {
    await this.#receipts.raise(rises)
    this.#journal.push(...rises)
    this.onStored(rises)
  }

  #fail(): never {
    const fault = this.#faults.shift()
    if (fault !== undefined) this.onFault(fault)
    throw new Error('the receipts do not answer')
  }
}
