/** Where a user is, by the server's account. */
export interface UserPresence {
  readonly status: 'online' | 'away' | 'offline'
  /** Unix milliseconds; of who is offline, where the platform tells it. */
  readonly lastSeen?: number | undefined
}

export type People = ReadonlyMap<string, UserPresence>

/** Most users of one channel that are kept (I7): twice what one snapshot names. */
export const PEOPLE_MAX = 2_000

/** One user of a frame as the SDK shows it; undefined for what cannot be one. */
export function readPresence(value: unknown): (UserPresence & { userId: string }) | undefined {
  const { user_id: userId, status, last_seen: seen } = (value ?? {}) as Record<string, unknown>
  if (typeof userId !== 'string') return undefined
  if (status !== 'online' && status !== 'away' && status !== 'offline') return undefined
  return { userId, status, ...(typeof seen === 'number' && { lastSeen: seen }) }
}

/** With what was heard of one user; itself if that is known, or too many are. Pure. */
export function withUser(people: People, userId: string, next: UserPresence): People {
  const before = people.get(userId)
  if (before?.status === next.status && before.lastSeen === next.lastSeen) return people
  if (!before && people.size >= PEOPLE_MAX) return people
  return new Map(people).set(userId, next)
}

/** Those of them who are in `named`; itself if all are. Pure. */
export function onlyThose(people: People, named: ReadonlySet<string>): People {
  const rest = new Map([...people].filter(([userId]) => named.has(userId)))
  return rest.size === people.size ? people : rest
}
