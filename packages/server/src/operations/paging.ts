import { isId } from '@tidings/protocol'
import { OperationError } from './actor.js'

/** Cursors are opaque to callers: the last key of the page before, which is an id. */
export function readCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined
  const key = Buffer.from(cursor, 'base64url').toString('utf8')
  if (!isId(key) || Buffer.from(key, 'utf8').toString('base64url') !== cursor) {
    throw new OperationError('invalid_frame', 'cursor: must be one that a page named')
  }
  return key
}

/** A page of at most `limit` from `limit + 1` that were read, with the cursor of the next. */
export function pageOf<T>(
  read: readonly T[],
  limit: number,
  keyOf: (item: T) => string,
): { items: T[]; next_cursor?: string } {
  const items = read.slice(0, limit)
  const last = items.at(-1)
  return read.length > limit && last !== undefined
    ? { items, next_cursor: Buffer.from(keyOf(last), 'utf8').toString('base64url') }
    : { items }
}
