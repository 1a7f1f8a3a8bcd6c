import { Avatar } from '../ui/Avatar.tsx'
import { PresenceDot } from './PresenceDot.tsx'
import { useUserPresence } from './use-presence.ts'

interface DirectProps {
  readonly channelId: string
  /** The other one of the two. */
  readonly userId: string
}

/** The other one of a direct conversation, and whether they are there. */
export function DirectAvatar({ channelId, userId }: DirectProps) {
  const presence = useUserPresence(channelId, userId)
  return (
    <span className="avatar-frame">
      <Avatar userId={userId} />
      <PresenceDot status={presence?.status} />
    </span>
  )
}

/** The same in a word, for who does not see it. */
export function DirectWords({ channelId, userId }: DirectProps) {
  const presence = useUserPresence(channelId, userId)
  return presence ? <span className="visually-hidden">, {presence.status}</span> : null
}
