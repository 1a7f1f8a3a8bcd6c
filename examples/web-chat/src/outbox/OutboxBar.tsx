import { useState } from 'react'
import type { ListedChannel } from '../channels/channel-store.ts'
import { Icon } from '../ui/icons.tsx'
import { OutboxDialog } from './OutboxDialog.tsx'
import { useOutbox } from './use-outbox.ts'

/** Says that something waits, and opens what it is. Not there when nothing does. */
export function OutboxBar({ channels }: { channels: readonly ListedChannel[] }) {
  const items = useOutbox()
  const [isOpen, setOpen] = useState(false)
  const refused = items.filter(({ state }) => state === 'parked').length
  const text = [
    items.length > refused && `${items.length - refused} waiting to be sent`,
    refused > 0 && `${refused} refused`,
  ].filter((part) => part !== false)

  return (
    <>
      {text.length > 0 && (
        <button type="button" className="outbox-bar late" onClick={() => setOpen(true)}>
          <Icon name="outbox" />
          {text.join(', ')}
        </button>
      )}
      {isOpen && <OutboxDialog items={items} channels={channels} onClose={() => setOpen(false)} />}
    </>
  )
}
