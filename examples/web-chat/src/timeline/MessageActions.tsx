import type { Channel, Message } from '@tidings/sdk'
import { useState } from 'react'
import { useReply } from '../composer/reply.tsx'
import { Icon, type IconName } from '../ui/icons.tsx'
import { emojis } from './emoji.ts'

interface MessageActionsProps {
  readonly message: Message
  readonly isOwn: boolean
  readonly channel: Channel
  readonly isTabStop: boolean
  readonly onEdit: () => void
  readonly onDelete: () => void
  /** What had the focus goes away. */
  readonly onEnd: () => void
}

/** What can be done with a message. Only there when the pointer or the focus is near. */
export function MessageActions(props: MessageActionsProps) {
  const { message, isOwn, channel, isTabStop, onEdit, onDelete, onEnd } = props
  const [isPicking, setPicking] = useState(false)
  const { setReply } = useReply()
  const mayDelete = isOwn || channel.info?.role === 'owner' || channel.info?.role === 'admin'
  const tabIndex = isTabStop ? 0 : -1

  const action = (name: string, icon: IconName, onClick: () => void) => (
    <button
      type="button"
      className="quiet icon-only"
      aria-label={name}
      title={name}
      tabIndex={tabIndex}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  )

  const leavePicker = (): void => {
    setPicking(false)
    onEnd()
  }

  if (isPicking) {
    return (
      // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
      <div className="actions" role="group" aria-label="React with">
        {emojis.map(({ emoji, name }, at) => (
          <button
            key={emoji}
            type="button"
            className="quiet emoji"
            aria-label={name}
            title={name}
            tabIndex={tabIndex}
            // biome-ignore lint/a11y/noAutofocus: the picker takes the place of the button that had it
            autoFocus={at === 0}
            onClick={() => {
              leavePicker()
              void channel.react(message, emoji)
            }}
          >
            {emoji}
          </button>
        ))}
        {action('Back', 'close', leavePicker)}
      </div>
    )
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div className="actions" role="group" aria-label="Actions">
      {action('React', 'smile', () => setPicking(true))}
      {action('Reply', 'reply', () => setReply(message))}
      {isOwn && action('Edit', 'edit', onEdit)}
      {mayDelete && action('Delete', 'remove', onDelete)}
    </div>
  )
}
