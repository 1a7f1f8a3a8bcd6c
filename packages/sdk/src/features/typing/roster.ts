/** Who types in a channel, each with the moment at which that is over; the first to begin first. */
export type Roster = ReadonlyMap<string, number>

/** Most users that one channel keeps: more than anybody reads (I7). */
export const ROSTER_MAX = 50

export const emptyRoster: Roster = new Map()

/** Somebody types until then. Who typed already keeps their place. Pure. */
export function withTyping(roster: Roster, userId: string, overAtMs: number): Roster {
  if (!roster.has(userId) && roster.size >= ROSTER_MAX) return roster
  return new Map(roster).set(userId, overAtMs)
}

/** Without one; itself if they did not type. Pure. */
export function without(roster: Roster, userId: string): Roster {
  if (!roster.has(userId)) return roster
  const rest = new Map(roster)
  rest.delete(userId)
  return rest
}

/** Without those whose time has come; itself if there is none. Pure. */
export function stillTyping(roster: Roster, nowMs: number): Roster {
  const rest = new Map([...roster].filter(([, overAtMs]) => overAtMs > nowMs))
  return rest.size === roster.size ? roster : rest
}

/** When the next of them is over; undefined while nobody types. Pure. */
export const nextOver = (roster: Roster): number | undefined =>
  roster.size === 0 ? undefined : Math.min(...roster.values())
