/** The outbox of a Node program in a folder of its choice: `createClient({ storage: createFileStorage({ directory }) })`. */
import { check, given } from '../arguments.js'
import { builtin, stateDirectory } from '../environment/builtins.js'
import type { Locks } from '../environment/port.js'
import { processLocks } from '../environment/process-locks.js'
import { Journal } from './journal.js'
import type { OpenOutboxStorage, OutboxStorage } from './port.js'

export type { Locks } from '../environment/port.js'
export type { OpenOutboxStorage, OutboxRow, OutboxStorage } from './port.js'

export interface FileStorageOptions {
  /** Where the files lie; made if missing. @default the system's folder for the state of programs */
  readonly directory?: string | undefined
  /**
   * Must hold between processes: the process that opened a file first has it alone.
   * @default those of this machine
   */
  readonly locks?: Locks | undefined
}

interface Shared {
  readonly opening: Promise<{ journal: Journal; release: () => void }>
  users: number
}

/** The clients of one process share a file. */
const open = new Map<string, Shared>()
/** Files that are being given back: whoever wants one of them again waits for it. */
const leaving = new Map<string, Promise<void>>()

/**
 * The outbox of a Node program: one file per (url, user id), which survives the end of the process
 * and of the machine. A second process goes on in memory, and gets it within about 30 s
 * after the first has gone. Throws `invalid_argument` for a folder that is none.
 */
export function createFileStorage(options?: FileStorageOptions): OpenOutboxStorage {
  const { directory, locks = processLocks } = given(options)
  const isPath = directory === undefined || (typeof directory === 'string' && directory !== '')
  check('directory', directory, isPath, 'the path of a folder')
  return async ({ url, userId }) => {
    const { createHash } = builtin('node:crypto')
    const name = createHash('sha256')
      .update(JSON.stringify([url, userId]))
      .digest('hex')
    const { resolve } = builtin('node:path')
    const path = resolve(directory ?? stateDirectory(), `outbox-1-${name.slice(0, 32)}.jsonl`)
    const shared = open.get(path) ?? { opening: take(path, locks), users: 0 }
    open.set(path, shared)
    shared.users++
    const leave = async (): Promise<void> => {
      shared.users--
      if (shared.users > 0) return
      open.delete(path)
      const left = shared.opening.then(async ({ journal, release }) => {
        // All that counts is on disk: what a file says when it is closed takes nothing back.
        await journal.close().catch(() => {})
        release()
        leaving.delete(path)
      })
      leaving.set(path, left)
      await left
    }
    try {
      return storageOn((await shared.opening).journal, leave)
    } catch (error) {
      shared.users--
      if (open.get(path) === shared) open.delete(path)
      throw error
    }
  }
}

async function take(path: string, locks: Locks) {
  const fs = builtin('node:fs/promises')
  const { dirname } = builtin('node:path')
  await leaving.get(path)
  const release = await locks.tryAcquire(`file:${path}`)
  if (release === undefined) throw new Error(`${path} is in use by another process`)
  try {
    await fs.mkdir(dirname(path), { recursive: true, mode: 0o700 })
    return { journal: await Journal.open(fs, path), release }
  } catch (error) {
    release()
    throw error
  }
}

function storageOn(journal: Journal, leave: () => Promise<void>): OutboxStorage {
  let left: Promise<void> | undefined
  const append: Journal['append'] = (entry) =>
    left === undefined ? journal.append(entry) : Promise.reject(new Error('the storage is closed'))
  return {
    durability: 'disk',
    load: async () => journal.rows(),
    put: async (rows) => void (await append({ put: rows })),
    adopt: (from, to) => append({ own: [from, to] }),
    remove: async (ids) => void (await append({ del: ids })),
    close() {
      left ??= leave()
      return left
    },
  }
}
