import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readSync } from 'node:fs'
import type { FileDigest } from '../messages.js'

const CHUNK_BYTES = 1024 * 1024

/** Length and SHA-256 of a file. */
export function digestFile(path: string): FileDigest {
  const handle = openSync(path, 'r')
  try {
    const hash = createHash('sha256')
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    let bytes = 0
    for (;;) {
      const length = readSync(handle, chunk, 0, CHUNK_BYTES, null)
      if (length === 0) return { bytes, sha256: hash.digest('hex') }
      hash.update(chunk.subarray(0, length))
      bytes += length
    }
  } finally {
    closeSync(handle)
  }
}

/** SQLite does not sync what VACUUM INTO writes. */
export function syncFile(path: string): void {
  const handle = openSync(path, 'r+')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
