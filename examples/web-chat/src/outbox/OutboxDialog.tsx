import type { OutboxItem } from '@tidings/sdk'
import { type ListedChannel, titleOf } from '../channels/channel-store.ts'
import { useSession } from '../session/client.ts'
import { excerpt } from '../timeline/Quote.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { errorText } from '../ui/error-text.ts'

interface OutboxDialogProps {
  readonly items: readonly OutboxItem[]
  readonly channels: readonly ListedChannel[]
  readonly onClose: () => void
}

/** What waits, in order of sending; and what was refused, to be tried again or given up. */
export function OutboxDialog({ items, channels, onClose }: OutboxDialogProps) {
  const { client, identity } = useSession()
  const { outbox } = client
  const nameOf = (channelId: string): string =>
    titleOf(
      channels.find(({ id }) => id === channelId),
      identity.userId,
    )
  return (
    <Dialog title="Outbox" onClose={onClose}>
      <p className="hint">
        {outbox.durability === 'disk'
          ? 'Kept in this browser until the server has it, also over a reload.'
          : 'This browser keeps nothing for the page: keep it open until all is sent.'}
      </p>
      {items.length === 0 && <p>Nothing waits.</p>}
      <ul className="choices">
        {items.map((item) => (
          <li key={item.clientMsgId}>
            <span>
              <strong>
                {describe(item)} in {nameOf(item.channelId)}
              </strong>
              <span dir="auto">{contentOf(item)}</span>
              {item.error && <span className="failed">{errorText(item.error)}</span>}
            </span>
            {item.state === 'parked' && (
              <button
                type="button"
                className="secondary"
                onClick={() => void outbox.retry(item.clientMsgId).catch(() => {})}
              >
                Try again
              </button>
            )}
            <button
              type="button"
              className="secondary"
              onClick={() => outbox.discard(item.clientMsgId)}
            >
              Discard
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}

const kinds: Readonly<Record<OutboxItem['command']['type'], string>> = {
  'message.send': 'Message',
  'message.edit': 'Edit',
  'message.delete': 'Deletion',
  'reaction.add': 'Reaction',
  'reaction.remove': 'Reaction taken back',
}

const describe = ({ command }: OutboxItem): string => kinds[command.type]

const contentOf = ({ command }: OutboxItem): string =>
  'text' in command ? excerpt(command.text) : 'emoji' in command ? command.emoji : ''
