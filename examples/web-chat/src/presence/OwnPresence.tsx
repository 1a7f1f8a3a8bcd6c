import { useState, useSyncExternalStore } from 'react'
import { useSession } from '../session/client.ts'
import { useStatus } from '../status/use-status.ts'
import { Avatar } from '../ui/Avatar.tsx'
import { Icon } from '../ui/icons.tsx'
import { PresenceDot } from './PresenceDot.tsx'

/** Who one is, how one is shown to others, and the way to be away on purpose. */
export function OwnPresence({ userId, name }: { userId: string; name: string }) {
  const { presence } = useSession().client
  const { current } = useStatus()
  const own = useSyncExternalStore(presence.own.subscribe, presence.own.getSnapshot)
  const [isAway, setAway] = useState(false)
  const status = current === 'connected' ? own : 'offline'
  const toggle = (): void => {
    setAway(!isAway)
    presence.set(isAway ? 'auto' : 'away')
  }
  return (
    <>
      <span className="avatar-frame">
        <Avatar userId={userId} />
        <PresenceDot status={status} />
      </span>
      <span className="me-name">
        <span className="me-called" dir="auto" title={name}>
          {name}
        </span>
        <span className="me-status">
          <span className="visually-hidden">You are </span>
          {status}
        </span>
      </span>
      <button
        type="button"
        className="quiet icon-only toggle"
        aria-pressed={isAway}
        aria-label="Show me as away"
        title="Show me as away"
        onClick={toggle}
      >
        <Icon name="moon" />
      </button>
    </>
  )
}
