import type { PresenceSnapshot, UserPresence } from '@tidings/sdk/presence'
import { useSyncExternalStore } from 'react'
import { useSession } from '../session/client.ts'

/** Who of a channel is there. Looking at it is what asks the server. */
export function useChannelPresence(channelId: string): PresenceSnapshot {
  const { subscribe, getSnapshot } = useSession().client.presence.in(channelId)
  return useSyncExternalStore(subscribe, getSnapshot)
}

/** Where one member is; undefined while that is not known. */
export function useUserPresence(channelId: string, userId: string): UserPresence | undefined {
  const { users, isCurrent } = useChannelPresence(channelId)
  return isCurrent ? users.get(userId) : undefined
}
