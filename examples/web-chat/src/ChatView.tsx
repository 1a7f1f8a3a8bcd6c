import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { Conversation } from './Conversation.tsx'
import { AddChannelDialog } from './channels/AddChannelDialog.tsx'
import { AddDirectDialog } from './channels/AddDirectDialog.tsx'
import { createChannelStore, titleOf } from './channels/channel-store.ts'
import { createReadMarks, unreadOf } from './channels/read-marks.ts'
import { useRoute } from './channels/route.ts'
import { Sidebar } from './Sidebar.tsx'
import { useSession } from './session/client.ts'
import { Ended } from './session/Ended.tsx'
import { useStatus } from './status/use-status.ts'

/** Everything that somebody who is in sees. */
export function ChatView({ onLeave }: { onLeave: () => void }) {
  const { client, identity } = useSession()
  const { userId } = identity
  const store = useMemo(() => createChannelStore(client, userId), [client, userId])
  const markStore = useMemo(() => createReadMarks(userId), [userId])
  const channels = useSyncExternalStore(store.subscribe, store.getSnapshot)
  const marks = useSyncExternalStore(markStore.subscribe, markStore.getSnapshot)
  const currentId = useRoute() ?? identity.channelId
  const current = channels.find(({ id }) => id === currentId)
  const channel = useMemo(() => client.channel(currentId), [client, currentId])
  const title = current ? titleOf(current, userId) : currentId
  const [dialog, setDialog] = useState<'channel' | 'direct'>()
  const [isMenuOpen, setMenuOpen] = useState(false)
  const menuButton = useRef<HTMLButtonElement>(null)
  const closeMenu = useCallback(() => setMenuOpen(false), [])
  const { current: status, reason } = useStatus()

  const unreadElsewhere = channels
    .filter(({ id }) => id !== currentId)
    .reduce((sum, one) => sum + unreadOf(one, marks), 0)
  useEffect(() => {
    document.title = `${unreadElsewhere > 0 ? `(${unreadElsewhere}) ` : ''}${title} · Tidings`
  }, [title, unreadElsewhere])

  if (status === 'closed') return <Ended reason={reason} onLeave={onLeave} />
  return (
    <div className="chat">
      <Sidebar
        channels={channels}
        marks={marks}
        currentId={currentId}
        isOpen={isMenuOpen}
        menuButton={menuButton}
        onClose={closeMenu}
        onAddChannel={() => setDialog('channel')}
        onAddDirect={() => setDialog('direct')}
        onLeave={onLeave}
      />
      <main className="conversation" inert={isMenuOpen}>
        <Conversation
          key={currentId}
          channel={channel}
          title={title}
          isDirect={current?.kind === 'direct'}
          channels={channels}
          marks={markStore}
          unreadElsewhere={unreadElsewhere}
          menuButton={menuButton}
          onMenu={() => setMenuOpen(true)}
        />
      </main>
      {dialog === 'channel' && (
        <AddChannelDialog channels={channels} onClose={() => setDialog(undefined)} />
      )}
      {dialog === 'direct' && <AddDirectDialog onClose={() => setDialog(undefined)} />}
    </div>
  )
}
