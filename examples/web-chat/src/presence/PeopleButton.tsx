import type { Channel } from '@tidings/sdk'
import { useState } from 'react'
import { useSession } from '../session/client.ts'
import { Avatar } from '../ui/Avatar.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Icon } from '../ui/icons.tsx'
import { PresenceDot } from './PresenceDot.tsx'
import { useChannelPresence } from './use-presence.ts'
import { inOrder, presenceWords } from './words.ts'

interface PeopleProps {
  readonly channel: Channel
  readonly title: string
}

/** How many of a channel are there, and a press away: who. */
export function PeopleButton({ channel, title }: PeopleProps) {
  const { users, isCurrent } = useChannelPresence(channel.id)
  const [isOpen, setOpen] = useState(false)
  if (users.size === 0) return null
  const here = [...users.values()].filter(({ status }) => status !== 'offline').length
  return (
    <>
      <button
        type="button"
        className="people-button"
        aria-label={isCurrent ? `People, ${here} of ${users.size} here` : 'People'}
        title="Who is here"
        onClick={() => setOpen(true)}
      >
        <Icon name="people" />
        <span aria-hidden="true">{isCurrent ? here : '–'}</span>
      </button>
      {isOpen && <PeopleDialog channel={channel} title={title} onClose={() => setOpen(false)} />}
    </>
  )
}

function PeopleDialog({ channel, title, onClose }: PeopleProps & { onClose: () => void }) {
  const { users, isCurrent } = useChannelPresence(channel.id)
  const { userId: me } = useSession().identity
  return (
    <Dialog title={`People in ${title}`} onClose={onClose}>
      {!isCurrent && <p className="hint">You are offline: this is how it was.</p>}
      <ul className="people">
        {inOrder(users).map(([userId, presence]) => (
          <li key={userId}>
            <span className="avatar-frame">
              <Avatar userId={userId} />
              <PresenceDot status={presence.status} />
            </span>
            <span className="people-name">
              <bdi>{userId}</bdi>
              {userId === me && ' (you)'}
            </span>
            <span className="hint">{presenceWords(presence, Date.now())}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
