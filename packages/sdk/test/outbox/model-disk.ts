import type { OpenOutboxStorage, OutboxRow } from '../../src/storage/port.js'
import type { VirtualEnvironment } from '../../src/testing/virtual-environment.js'
import type { ModelWorld } from './model-world.js'

/** A disk that is slow, that may fail, and that outlives pages. */
export class Disk {
  readonly rows = new Map<string, OutboxRow>()
  /** Every id that was ever on it. */
  readonly committed = new Set<string>()
  isBroken = false

  readonly #open = new Map<VirtualEnvironment, Set<() => void>>()

  constructor(private readonly world: ModelWorld) {}

  /** A page died: of what it had begun, the first few are on disk, and the others never will be. */
  endOf(environment: VirtualEnvironment): void {
    const open = this.#open.get(environment) ?? new Set()
    for (const commit of [...open]) {
      if (this.world.random() < 0.5) break
      commit()
    }
    open.clear()
  }

  openerFor(environment: VirtualEnvironment): OpenOutboxStorage {
    let last = 0
    const open = new Set<() => void>()
    this.#open.set(environment, open)
    /** Done on the disk at some time, in order; the page hears of it if it still can. */
    const transact = <T>(work: () => T): Promise<T> =>
      new Promise((resolve, reject) => {
        const { clock } = this.world.virtual
        last = Math.max(last, clock.nowMs + this.world.random() * 5)
        const commit = (): void => {
          if (!open.delete(commit)) return
          if (this.isBroken) {
            environment.setTimer(() => reject(new Error('disk full')), 0)
            return
          }
          const found = work()
          environment.setTimer(() => resolve(found), 0)
        }
        open.add(commit)
        clock.setTimer(commit, last - clock.nowMs)
      })
    return async () => ({
      durability: 'disk',
      load: () => transact(() => [...this.rows.values()]),
      put: (rows) =>
        transact(() => {
          for (const row of rows) {
            this.rows.set(row.id, row)
            this.committed.add(row.id)
          }
        }),
      adopt: (from, to) =>
        transact(() => {
          const adopted = [...this.rows.values()]
            .filter((row) => row.owner === from)
            .map((row) => ({ ...row, owner: to }))
          for (const row of adopted) this.rows.set(row.id, row)
          return adopted
        }),
      remove: (ids) =>
        transact(() => {
          for (const id of ids) this.rows.delete(id)
        }),
      close: async () => {},
    })
  }
}
