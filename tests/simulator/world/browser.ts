import type { OutboxRow, OutboxStorage } from '../../../packages/sdk/src/storage/port.js'
import type { Page } from './page.js'
import type { Random } from './random.js'

/** What the tabs of one user on one machine share, and what outlives each of them. */
export class Browser {
  readonly lockHolders = new Map<string, Page>()
  readonly broadcasts = new Map<string, Set<BroadcastMember>>()
  readonly keptStrings = new Map<string, string>()
  readonly #disks = new Map<string, Map<string, OutboxRow>>()
  /** So many of the next writes to the disk fail. */
  failWrites = 0
  /** Nothing has failed yet: what a client says is stored is there. */
  isReliable = true
  onWriteFailed: () => void = () => {}
  onAdopted: (rows: number) => void = () => {}

  constructor(private readonly random: Random) {}

  /** The disk as one page sees it: an answer takes a moment, and a dead page never gets it. */
  openStorage(page: Page, { url, userId }: { url: string; userId: string }): OutboxStorage {
    const key = JSON.stringify([url, userId])
    const rows = this.#disks.get(key) ?? new Map<string, OutboxRow>()
    this.#disks.set(key, rows)
    const later = <T>(work: () => T): Promise<T> =>
      new Promise((resolve, reject) => {
        page.task(this.random.int(0, 4), () => {
          try {
            resolve(work())
          } catch (error) {
            reject(error)
          }
        })
      })
    const write = (work: () => void): Promise<void> =>
      later(() => {
        if (this.failWrites > 0) {
          this.failWrites -= 1
          this.isReliable = false
          this.onWriteFailed()
          throw new Error('the disk is full')
        }
        work()
      })
    return {
      durability: 'disk',
      load: () => later(() => [...rows.values()]),
      put: (changed) =>
        write(() => {
          for (const row of changed) rows.set(row.id, { ...row })
        }),
      adopt: (from, to) =>
        later(() => {
          const adopted = [...rows.values()]
            .filter((row) => row.owner === from)
            .map((row) => ({ ...row, owner: to }))
          for (const row of adopted) rows.set(row.id, row)
          if (adopted.length > 0) this.onAdopted(adopted.length)
          return adopted
        }),
      remove: (ids) =>
        write(() => {
          for (const id of ids) rows.delete(id)
        }),
      close: async () => {},
    }
  }

  /** What is kept of a command. */
  stored(clientMsgId: string): OutboxRow | undefined {
    for (const rows of this.#disks.values()) {
      const row = rows.get(clientMsgId)
      if (row !== undefined) return row
    }
    return undefined
  }
}

export interface BroadcastMember {
  readonly page: Page
  readonly onMessage: (message: unknown) => void
}
