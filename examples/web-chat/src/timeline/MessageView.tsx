import type { Channel, LocalMessage, Message } from '@tidings/sdk'
import {
  type FocusEvent,
  type KeyboardEvent,
  memo,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react'
import { DeliveryMark } from '../receipts/DeliveryMark.tsx'
import { useSession } from '../session/client.ts'
import { Avatar } from '../ui/Avatar.tsx'
import { ConfirmDelete } from './ConfirmDelete.tsx'
import { fullText, timeText } from './dates.ts'
import { LocalState } from './LocalState.tsx'
import { MessageActions } from './MessageActions.tsx'
import { MessageEditor } from './MessageEditor.tsx'
import { MessageText } from './MessageText.tsx'
import { Quote } from './Quote.tsx'
import { Reactions } from './Reactions.tsx'

interface MessageViewProps {
  readonly message: Message | LocalMessage
  readonly isOwn: boolean
  readonly startsGroup: boolean
  /** The newest of this user's own: says in words how far it has come. */
  readonly isNewestOwn: boolean
  readonly channel: Channel
  /** The Tab key stops here, and not at the other messages. */
  readonly isTabStop: boolean
  /** Pressed, or reached by a key: a narrow window makes room for what can be done with it. */
  readonly isChosen: boolean
  readonly onActivate: (key: string) => void
  readonly onChoose: (key: string) => void
}

/** One message: what it says, how it stands, and what can be done with it. */
export const MessageView = memo(function MessageView(props: MessageViewProps) {
  const { message, isOwn, startsGroup, isNewestOwn, channel } = props
  const { isTabStop, isChosen, onActivate, onChoose } = props
  const { userId: me } = useSession().identity
  const id = useId()
  const article = useRef<HTMLElement>(null)
  const [isNear, setNear] = useState(false)
  const [isEditing, setEditing] = useState(false)
  const [isDeleting, setDeleting] = useState(false)
  const userId = message.userId ?? me
  const isSent = message.status === 'sent'
  const showsActions = isSent && !message.deleted && !isEditing && (isNear || isTabStop || isChosen)

  const focus = (): void => article.current?.focus()
  const stopEditing = (): void => {
    setEditing(false)
    focus()
  }
  useEffect(() => {
    const { current } = article
    const isTall = (current?.offsetHeight ?? 0) > window.innerHeight / 2
    if (isChosen && !isTall) current?.scrollIntoView({ block: 'nearest' })
  }, [isChosen])

  // A press chooses when it is over: what moved before would no longer be under it.
  const onFocus = ({ target }: FocusEvent): void => {
    onActivate(message.key)
    if (target.matches(':focus-visible')) onChoose(message.key)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && event.target !== event.currentTarget) focus()
  }

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys choose by the focus
    <li
      className="row"
      data-own={isOwn}
      data-starts={startsGroup}
      data-status={message.status}
      data-chosen={isChosen}
      onPointerEnter={() => setNear(true)}
      onPointerLeave={() => setNear(false)}
      onClick={() => onChoose(message.key)}
    >
      {!isOwn && startsGroup && <Avatar userId={userId} />}
      <article
        ref={article}
        className="message"
        tabIndex={isTabStop ? 0 : -1}
        aria-labelledby={`${id}who ${id}text ${id}state ${id}mark`}
        onFocus={onFocus}
        onKeyDown={onKeyDown}
        data-message-id={message.messageId}
      >
        <p className={startsGroup ? 'byline' : 'byline visually-hidden'} id={`${id}who`}>
          <bdi className="author">{isOwn ? 'You' : userId}</bdi>{' '}
          <time dateTime={new Date(message.sentAt).toISOString()} title={fullText(message.sentAt)}>
            {timeText(message.sentAt)}
          </time>
        </p>
        <div className="bubble-line">
          <div className="bubble">
            {message.replyTo && <Quote replyTo={message.replyTo} channel={channel} />}
            {isEditing && isSent ? (
              <MessageEditor message={message} channel={channel} onEnd={stopEditing} />
            ) : (
              <MessageText id={`${id}text`} message={message} />
            )}
          </div>
          {isOwn && isSent && !message.deleted && !isNewestOwn && (
            <DeliveryMark id={`${id}mark`} message={message} channel={channel} />
          )}
          {showsActions && (
            <MessageActions
              message={message}
              isOwn={isOwn}
              channel={channel}
              isTabStop={isTabStop}
              onEdit={() => setEditing(true)}
              onDelete={() => setDeleting(true)}
              onEnd={focus}
            />
          )}
        </div>
        <div className="after" id={`${id}state`}>
          <LocalState message={message} />
        </div>
        {isSent && <Reactions message={message} channel={channel} isTabStop={isTabStop} />}
        {isOwn && isSent && !message.deleted && isNewestOwn && (
          <DeliveryMark id={`${id}mark`} message={message} channel={channel} inWords />
        )}
      </article>
      {isDeleting && isSent && (
        <ConfirmDelete
          message={message}
          onDelete={() => void channel.delete(message)}
          onClose={() => setDeleting(false)}
          onClosed={focus}
        />
      )}
    </li>
  )
})
