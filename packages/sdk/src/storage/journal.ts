import type { FileHandle } from 'node:fs/promises'
import type { OutboxRow } from './port.js'

type Entry =
  | { readonly put: readonly OutboxRow[] }
  | { readonly own: readonly [from: string, to: string] }
  | { readonly del: readonly string[] }

interface Waiting {
  readonly entry: Entry
  resolve(changed: readonly OutboxRow[]): void
  reject(error: unknown): void
}

const HEADER = `${JSON.stringify({ 'tidings-outbox': 1 })}\n`
/** The file is written anew when it is this large and four times what it needs (I7). */
const COMPACT_FROM_BYTES = 256 * 1024
const COMPACT_FACTOR = 4

/**
 * Rows as a file that only grows, one JSON line for each change, on disk before the change counts.
 * What was being written when the process died is an incomplete last line: it never counted and is
 * cut off. Now and then the file is written anew beside the old one and takes its place at once.
 */
export class Journal {
  readonly #rows = new Map<string, OutboxRow>()
  readonly #fs: typeof import('node:fs/promises')
  readonly #path: string
  #handle: FileHandle | undefined
  #size = 0
  #sizeWhenNew = 0
  /** A write failed: nobody knows what the file's end looks like. */
  #isTorn = false
  #waiting: Waiting[] = []
  #isWriting = false
  #written: Promise<void> | undefined

  private constructor(fs: typeof import('node:fs/promises'), path: string) {
    this.#fs = fs
    this.#path = path
  }

  static async open(fs: typeof import('node:fs/promises'), path: string): Promise<Journal> {
    const journal = new Journal(fs, path)
    await journal.#read()
    await journal.#rewrite()
    return journal
  }

  rows(): OutboxRow[] {
    return [...this.#rows.values()].filter(isKnown)
  }

  /** Resolves when the change is on disk, with the rows that it changed. */
  append(entry: Entry): Promise<readonly OutboxRow[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject })
      if (this.#isWriting) return
      this.#isWriting = true
      this.#written = this.#run()
    })
  }

  async close(): Promise<void> {
    await this.#written
    await this.#handle?.close()
    this.#handle = undefined
  }

  /** Everything that waits goes in one write. */
  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        if (this.#isTorn) await this.#rewrite()
        await this.#write(batch.map(({ entry }) => `${JSON.stringify(entry)}\n`).join(''))
        for (const { entry, resolve } of batch) resolve(this.#apply(entry))
      } catch (error) {
        this.#isTorn = true
        for (const { reject } of batch) reject(error)
      }
      await this.#compact()
    }
    this.#isWriting = false
  }

  async #write(text: string): Promise<void> {
    if (this.#handle === undefined) throw new Error('the journal is closed')
    const bytes = Buffer.from(text)
    await this.#handle.appendFile(bytes)
    await this.#handle.datasync()
    this.#size += bytes.length
  }

  async #compact(): Promise<void> {
    if (this.#size < Math.max(COMPACT_FROM_BYTES, COMPACT_FACTOR * this.#sizeWhenNew)) return
    try {
      await this.#rewrite()
    } catch {
      // The old file is whole: try again when it has grown further, or at once where it has gone.
      this.#sizeWhenNew = this.#size
    }
  }

  async #read(): Promise<void> {
    const text = await this.#fs.readFile(this.#path, 'utf8').catch((error: unknown) => {
      if ((error as { code?: unknown }).code === 'ENOENT') return HEADER
      throw error
    })
    const lines = text.split('\n')
    if (`${lines.shift()}\n` !== HEADER && text !== '') {
      throw new Error(`${this.#path} is not an outbox that this version can read`)
    }
    // What stands behind the last line end was not written to its end.
    for (const line of lines.slice(0, -1)) {
      const entry = parse(line)
      if (entry !== undefined) this.#apply(entry)
    }
  }

  /** Beside the old file, then in its place: after a crash at any step one of both is whole. */
  async #rewrite(): Promise<void> {
    const lines = [...this.#rows.values()].map((row) => `${JSON.stringify({ put: [row] })}\n`)
    const bytes = Buffer.from(HEADER + lines.join(''))
    const besides = `${this.#path}.new`
    const file = await this.#fs.open(besides, 'w', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    // From here on what is open is no file of this name any more: nothing counts that goes there.
    this.#isTorn = true
    await this.#fs.rename(besides, this.#path)
    await this.#syncFolder()
    const before = this.#handle
    this.#handle = await this.#fs.open(this.#path, 'a', 0o600)
    this.#size = bytes.length
    this.#sizeWhenNew = bytes.length
    this.#isTorn = false
    await before?.close()
  }

  /** A new name is on disk only with its folder. Not every system lets a folder be synced. */
  async #syncFolder(): Promise<void> {
    const folder = this.#path.slice(0, this.#path.replaceAll('\\', '/').lastIndexOf('/') + 1)
    const handle = await this.#fs.open(folder, 'r').catch(() => undefined)
    await handle?.sync().catch(() => {})
    await handle?.close()
  }

  #apply(entry: Entry): readonly OutboxRow[] {
    if ('put' in entry) {
      for (const row of entry.put) this.#rows.set(row.id, row)
      return entry.put
    }
    if ('del' in entry) {
      for (const id of entry.del) this.#rows.delete(id)
      return []
    }
    const [from, to] = entry.own
    const adopted = this.rows()
      .filter((row) => row.owner === from)
      .map((row) => ({ ...row, owner: to }))
    for (const row of adopted) this.#rows.set(row.id, row)
    return adopted
  }
}

const isKnown = (row: OutboxRow): boolean => row.v === 1

/** A line of another form, or damaged, is passed over. */
function parse(line: string): Entry | undefined {
  try {
    const entry = JSON.parse(line) as Record<string, unknown>
    const isWhole =
      Array.isArray(entry.put) && entry.put.every((row) => typeof row?.id === 'string')
    return isWhole || Array.isArray(entry.own) || Array.isArray(entry.del)
      ? (entry as unknown as Entry)
      : undefined
  } catch {
    return undefined
  }
}
