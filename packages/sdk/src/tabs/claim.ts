import type { Environment } from '../environment/port.js'
import { STORAGE_TIMEOUT_MS } from '../outbox/persister.js'
import { within } from '../outbox/within.js'
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

/** One attempt to claim, which its caller may end when it takes too long. */
export interface Attempt {
  isOver: boolean
  /** The storage was open before and stays so: what is to be removed there has to be written yet. */
  readonly keeps: boolean
  /** Gives the lock back, if it was taken. */
  release: () => void
}

/**
 * Takes the lock of `owner`, then opens the storage and adopts what the dead left. The lock comes
 * first: a row whose owner holds no lock belongs to whoever finds it. Rejects when the attempt is
 * over, and then holds nothing: what it adopted last lies under a free lock.
 */
export async function claim(
  locks: Environment['locks'],
  openStorage: () => Promise<OutboxStorage>,
  lockPrefix: string,
  owner: string,
  attempt: Attempt,
): Promise<Claim> {
  const release = await locks.tryAcquire(lockPrefix + owner)
  if (release === undefined) throw new Error('the lock of this instance is taken')
  attempt.release = release
  let storage: OutboxStorage | undefined
  const check = (): void => {
    if (attempt.isOver) throw new Error('it took too long')
  }
  try {
    check()
    storage = await openStorage()
    check()
    const rows = await storage.load()
    check()
    const adopted = await adoptFromTheDead(locks, storage, lockPrefix, owner, rows)
    check()
    return { storage, release, rows, adopted }
  } catch (error) {
    release()
    if (!attempt.keeps) void shut(storage)
    throw error
  }
}

/** Whatever comes of it. */
export async function shut(storage: OutboxStorage | undefined): Promise<void> {
  try {
    await storage?.close()
  } catch {
    // There is nothing that could be done about it.
  }
}

/** Undefined where it cannot be opened in time; what opens later is closed again. Never rejects. */
export async function openInTime(
  environment: Environment,
  open: () => Promise<OutboxStorage>,
): Promise<OutboxStorage | undefined> {
  const opening = (async () => open())()
  try {
    return await within(environment, STORAGE_TIMEOUT_MS, opening)
  } catch {
    opening.then(shut, () => {})
    return undefined
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
