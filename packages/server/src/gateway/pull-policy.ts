/** From where on the events of a channel are pulled by its members; 0: never for that reason. */
export interface PullBounds {
  readonly pullAboveMembers: number
  readonly pullAboveEventsPerS: number
}

export interface ChannelLoad {
  readonly memberCount: number
  readonly eventsPerS: number
}

/** Back to live only clearly below the bound, so that a channel at its edge does not go to and fro. */
const LIVE_BELOW_MEMBERS = 0.9
const LIVE_BELOW_EVENTS = 0.5

/** Whether members are to pull, given whether they do now. */
export function isToPull(isPulled: boolean, load: ChannelLoad, bounds: PullBounds): boolean {
  const { pullAboveMembers, pullAboveEventsPerS } = bounds
  const members = pullAboveMembers * (isPulled ? LIVE_BELOW_MEMBERS : 1)
  const events = pullAboveEventsPerS * (isPulled ? LIVE_BELOW_EVENTS : 1)
  return (
    (pullAboveMembers > 0 && load.memberCount > members) ||
    (pullAboveEventsPerS > 0 && load.eventsPerS > events)
  )
}

/** Heads that so many members get at once are pulled one a millisecond, and all before the next head. */
export const spreadMs = (followers: number, headEveryMs: number): number =>
  Math.min(followers, headEveryMs)
