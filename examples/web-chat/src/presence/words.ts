import type { UserPresence } from '@tidings/sdk/presence'

const ago = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })
const minuteMs = 60_000

/** Where somebody is, in words. */
export function presenceWords({ status, lastSeen }: UserPresence, now: number): string {
  if (status !== 'offline' || lastSeen === undefined) return status
  const minutes = Math.round((now - lastSeen) / minuteMs)
  if (minutes < 1) return 'offline, was here just now'
  if (minutes < 60) return `offline, was here ${ago.format(-minutes, 'minute')}`
  const hours = Math.round(minutes / 60)
  if (hours < 48) return `offline, was here ${ago.format(-hours, 'hour')}`
  return `offline, was here ${ago.format(-Math.round(hours / 24), 'day')}`
}

const order = { online: 0, away: 1, offline: 2 } as const

/** Who is there first, then by name. */
export const inOrder = (users: ReadonlyMap<string, UserPresence>): [string, UserPresence][] =>
  [...users].sort(
    ([a, { status: one }], [b, { status: other }]) =>
      order[one] - order[other] || a.localeCompare(b),
  )
