import type { Membership } from '../ports/membership.js'

/** Where a list goes on: after a channel, or at its place if it is gone meanwhile. */
interface Place {
  readonly index: number
  readonly channelId: string
}

/** The cursor behind a channel of the list; before the first when undefined. */
export function cursorAfter(all: readonly Membership[], channelId: string | undefined): string {
  const index = all.findIndex((membership) => membership.channelId === channelId)
  const place: [number, string] = [index + 1, channelId ?? '']
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

/** The part of the list behind a cursor; undefined when it is none of ours. */
export function behind(
  all: readonly Membership[],
  cursor: string | undefined,
): readonly Membership[] | undefined {
  if (cursor === undefined) return all
  const place = read(cursor)
  if (place === undefined) return undefined
  const at = all.findIndex((membership) => membership.channelId === place.channelId)
  return all.slice(at === -1 ? place.index : at + 1)
}

function read(cursor: string): Place | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (!Array.isArray(value)) return undefined
    const [index, channelId] = value as unknown[]
    if (!Number.isSafeInteger(index) || (index as number) < 0) return undefined
    return typeof channelId === 'string' ? { index: index as number, channelId } : undefined
  } catch {
    return undefined
  }
}
