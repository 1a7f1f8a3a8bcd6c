import { PresenceDot } from './PresenceDot.tsx'
import { useUserPresence } from './use-presence.ts'
import { presenceWords } from './words.ts'

/** Whether the other one of a direct conversation is there. */
export function DirectStatus({ channelId, userId }: { channelId: string; userId: string }) {
  const presence = useUserPresence(channelId, userId)
  if (!presence) return null
  return (
    <p className="direct-status">
      <PresenceDot status={presence.status} />
      <span className="visually-hidden">{userId} is </span>
      {presenceWords(presence, Date.now())}
    </p>
  )
}
