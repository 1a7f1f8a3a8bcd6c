import type { Channel, Message } from '@tidings/sdk'
import { useSession } from '../session/client.ts'
import { nameOf } from './emoji.ts'

interface ReactionsProps {
  readonly message: Message
  readonly channel: Channel
  readonly isTabStop: boolean
}

/** Who reacted how; one's own can be given and taken back with a press. */
export function Reactions({ message, channel, isTabStop }: ReactionsProps) {
  const { userId: me } = useSession().identity
  if (message.reactions.length === 0) return null
  return (
    <ul className="reactions" aria-label="Reactions">
      {message.reactions.map(({ emoji, count, userIds }) => {
        const isMine = userIds.includes(me)
        const toggle = () =>
          void (isMine ? channel.unreact(message, emoji) : channel.react(message, emoji))
        return (
          <li key={emoji}>
            <button
              type="button"
              className="reaction"
              aria-pressed={isMine}
              aria-label={`${nameOf(emoji)}, ${count}`}
              title={userIds.join(', ')}
              tabIndex={isTabStop ? 0 : -1}
              onClick={toggle}
            >
              <span aria-hidden="true">{emoji}</span> {count}
            </button>
          </li>
        )
      })}
    </ul>
  )
}
