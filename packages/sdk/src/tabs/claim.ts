import type { Environment } from '../environment/port.js'
import type { OutboxRow, OutboxStorage } from '../storage/port.js'

/** What an instance needs to drain rows: the storage, a lock of its own name, and its first rows. */
export interface Claim {
  readonly storage: OutboxStorage
  /** Gives the lock back: from here on others may take the rows. */
  readonly release: () => void
  /** Every row, as it was before the adoption. */
  readonly rows: readonly OutboxRow[]
  readonly adopted: readonly OutboxRow[]
}

/**
 * Takes the lock of `owner`, then opens the storage and adopts what the dead left. The lock comes
 * first: a row whose owner holds no lock belongs to whoever finds it. When `given.up` is set while
 * this is under way, everything taken is given back and it rejects.
 */
export async function claim(
  locks: Environment['locks'],
  openStorage: () => Promise<OutboxStorage>,
  lockPrefix: string,
  owner: string,
  given: { up: boolean },
): Promise<Claim> {
  const release = await locks.tryAcquire(lockPrefix + owner)
  if (release === undefined) throw new Error('the lock of this instance is taken')
  let storage: OutboxStorage | undefined
  try {
    storage = await openStorage()
    const rows = given.up ? [] : await storage.load()
    const adopted = given.up ? [] : await adoptFromTheDead(locks, storage, lockPrefix, owner, rows)
    if (given.up) throw new Error('it took too long')
    return { storage, release, rows, adopted }
  } catch (error) {
    release()
    storage?.close().catch(() => {})
    throw error
  }
}

/** Takes over the rows of every owner whose lock is free. A live one, asleep or not, keeps its own. */
export async function adoptFromTheDead(
  locks: Environment['locks'],
  storage: OutboxStorage,
  lockPrefix: string,
  owner: string,
  rows: readonly OutboxRow[],
): Promise<OutboxRow[]> {
  const open = rows.filter((row) => row.state !== 'settled' && row.owner !== owner)
  const adopted: OutboxRow[] = []
  for (const other of new Set(open.map((row) => row.owner))) {
    const release = await locks.tryAcquire(lockPrefix + other)
    if (release === undefined) continue
    try {
      adopted.push(...(await storage.adopt(other, owner)))
    } finally {
      release()
    }
  }
  return adopted.filter((row) => row.state !== 'settled')
}
