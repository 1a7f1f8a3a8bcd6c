import type { ReactNode } from 'react'
import { DirectAvatar, DirectWords } from '../presence/DirectAvatar.tsx'
import { useSession } from '../session/client.ts'
import { Icon } from '../ui/icons.tsx'
import { type ListedChannel, titleOf } from './channel-store.ts'
import { type ReadMarks, unreadOf } from './read-marks.ts'
import { hrefOf } from './route.ts'

interface ChannelListProps {
  readonly channels: readonly ListedChannel[]
  readonly marks: ReadMarks
  readonly currentId: string
  readonly onAddChannel: () => void
  readonly onAddDirect: () => void
  readonly onChoose: () => void
}

/** The user's channels, and below them the direct conversations. */
export function ChannelList(props: ChannelListProps) {
  const { channels, marks, currentId, onAddChannel, onAddDirect, onChoose } = props
  const { userId } = useSession().identity
  const links = (shown: readonly ListedChannel[]) =>
    shown.map((channel) => {
      const title = titleOf(channel, userId)
      const isCurrent = channel.id === currentId
      const unread = isCurrent ? 0 : unreadOf(channel, marks)
      return (
        <li key={channel.id}>
          <a
            href={hrefOf(channel.id)}
            aria-current={isCurrent ? 'page' : undefined}
            data-unread={unread > 0}
            onClick={onChoose}
          >
            {channel.kind === 'direct' ? (
              <DirectAvatar channelId={channel.id} userId={title} />
            ) : (
              <Icon name="hash" />
            )}
            <span className="channel-name" dir="auto">
              {title}
            </span>
            {channel.kind === 'direct' && <DirectWords channelId={channel.id} userId={title} />}
            {unread > 0 && (
              <span className="badge">
                {unread > 99 ? '99+' : unread}
                <span className="visually-hidden"> unread</span>
              </span>
            )}
          </a>
        </li>
      )
    })

  return (
    <>
      <Group title="Channels" add="Add a channel" onAdd={onAddChannel}>
        {links(channels.filter(({ kind }) => kind !== 'direct'))}
      </Group>
      <Group title="Direct" add="Write to somebody" onAdd={onAddDirect}>
        {links(channels.filter(({ kind }) => kind === 'direct'))}
      </Group>
    </>
  )
}

interface GroupProps {
  readonly title: string
  readonly add: string
  readonly onAdd: () => void
  readonly children: ReactNode
}

function Group({ title, add, onAdd, children }: GroupProps) {
  return (
    <section className="channel-group" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <button
          type="button"
          className="quiet icon-only"
          aria-label={add}
          title={add}
          onClick={onAdd}
        >
          <Icon name="add" />
        </button>
      </header>
      <ul>{children}</ul>
    </section>
  )
}
