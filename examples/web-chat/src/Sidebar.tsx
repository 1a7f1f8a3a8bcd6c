import { type RefObject, useEffect, useRef } from 'react'
import { ChannelList } from './channels/ChannelList.tsx'
import type { ListedChannel } from './channels/channel-store.ts'
import type { ReadMarks } from './channels/read-marks.ts'
import { OwnPresence } from './presence/OwnPresence.tsx'
import { useSession } from './session/client.ts'
import { Icon } from './ui/icons.tsx'

interface SidebarProps {
  readonly channels: readonly ListedChannel[]
  readonly marks: ReadMarks
  readonly currentId: string
  /** Only on narrow windows, where it lies above the conversation. */
  readonly isOpen: boolean
  readonly onClose: () => void
  /** What opened it, and gets the focus back. */
  readonly menuButton: RefObject<HTMLButtonElement | null>
  readonly onAddChannel: () => void
  readonly onAddDirect: () => void
  readonly onLeave: () => void
}

/** Who one is, and where one can talk. */
export function Sidebar(props: SidebarProps) {
  const { channels, marks, currentId, isOpen, menuButton } = props
  const { onClose, onAddChannel, onAddDirect, onLeave } = props
  const { name, userId } = useSession().identity
  const nav = useRef<HTMLElement>(null)

  useEffect(() => {
    if (!isOpen) return
    const current = nav.current?.querySelector<HTMLElement>('[aria-current]')
    ;(current ?? nav.current?.querySelector('button'))?.focus()
    const onKeyDown = ({ key }: KeyboardEvent): void => {
      if (key === 'Escape') onClose()
    }
    addEventListener('keydown', onKeyDown)
    return () => {
      removeEventListener('keydown', onKeyDown)
      menuButton.current?.focus()
    }
  }, [isOpen, onClose, menuButton])

  const closing = (action: () => void) => () => {
    onClose()
    action()
  }

  return (
    <>
      {isOpen && <div className="scrim" onPointerDown={onClose} />}
      <nav className="sidebar" aria-label="Channels" ref={nav} data-open={isOpen}>
        <div className="brand">
          <img src="/icon.svg" alt="" width="28" height="28" />
          <span>Tidings</span>
          <button
            type="button"
            className="quiet icon-only close-menu"
            aria-label="Close the list"
            onClick={onClose}
          >
            <Icon name="close" />
          </button>
        </div>
        <ChannelList
          channels={channels}
          marks={marks}
          currentId={currentId}
          onAddChannel={closing(onAddChannel)}
          onAddDirect={closing(onAddDirect)}
          onChoose={onClose}
        />
        <div className="me">
          <OwnPresence userId={userId} name={name} />
          <button
            type="button"
            className="quiet icon-only"
            aria-label="Sign out"
            title="Sign out"
            onClick={onLeave}
          >
            <Icon name="leave" />
          </button>
        </div>
      </nav>
    </>
  )
}
