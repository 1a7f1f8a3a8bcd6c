import type { Channel } from '@tidings/sdk'
import { type RefObject, useCallback, useState } from 'react'
import type { ListedChannel } from './channels/channel-store.ts'
import type { ReadMark, ReadMarkStore } from './channels/read-marks.ts'
import { Composer } from './composer/Composer.tsx'
import { ReplyProvider } from './composer/reply.tsx'
import { CutBanner, NetworkSwitch } from './network/NetworkSwitch.tsx'
import { OutboxBar } from './outbox/OutboxBar.tsx'
import { DirectStatus } from './presence/DirectStatus.tsx'
import { PeopleButton } from './presence/PeopleButton.tsx'
import { useSession } from './session/client.ts'
import { StatusLine } from './status/StatusLine.tsx'
import { useWords } from './status/use-status.ts'
import { Timeline } from './timeline/Timeline.tsx'
import { useAnnouncer } from './timeline/use-announcer.ts'
import { TypingLine } from './typing/TypingLine.tsx'
import { Icon } from './ui/icons.tsx'

interface ConversationProps {
  readonly channel: Channel
  readonly title: string
  readonly isDirect: boolean
  readonly channels: readonly ListedChannel[]
  readonly marks: ReadMarkStore
  /** How many messages wait in other channels. */
  readonly unreadElsewhere: number
  readonly menuButton: RefObject<HTMLButtonElement | null>
  readonly onMenu: () => void
}

/** One open channel: what was said, and where to say more. */
export function Conversation(props: ConversationProps) {
  const { channel, title, isDirect, channels, marks, unreadElsewhere, menuButton, onMenu } = props
  const { client, identity } = useSession()
  const { userId } = identity
  const words = useWords(channel)
  const announced = useAnnouncer(channel, userId)
  // Where reading stopped when this was opened: the line stays while one reads on.
  const receipts = client.receipts.in(channel.id)
  const [readSeq] = useState(
    () => marks.getSnapshot()[channel.id]?.seq ?? receipts.getSnapshot().readSeq,
  )
  const onRead = useCallback(
    (mark: ReadMark) => {
      marks.read(channel.id, mark)
      const { seq: channelSeq, count: messageCount, epoch = 1 } = mark
      receipts.read({ epoch, channelSeq, messageCount })
    },
    [channel.id, marks, receipts],
  )

  return (
    <ReplyProvider>
      <header className="bar">
        <button
          ref={menuButton}
          type="button"
          className="quiet icon-only menu-button"
          aria-label={unreadElsewhere > 0 ? `Channels, ${unreadElsewhere} unread` : 'Channels'}
          onClick={onMenu}
        >
          <Icon name="menu" />
          {unreadElsewhere > 0 && <span className="dot" aria-hidden="true" />}
        </button>
        <div className="bar-title">
          <h1 dir="auto">
            {!isDirect && <span aria-hidden="true"># </span>}
            {title}
          </h1>
          <div className="bar-lines">
            <StatusLine words={words} />
            {isDirect && <DirectStatus channelId={channel.id} userId={title} />}
          </div>
        </div>
        {!isDirect && <PeopleButton channel={channel} title={title} />}
        <NetworkSwitch />
      </header>
      <CutBanner />
      <Timeline channel={channel} title={title} readSeq={readSeq} onRead={onRead} />
      <div className="visually-hidden" aria-live="polite">
        {/* A new element each time: a screen reader does not read again what did not change. */}
        <p key={announced.count}>{announced.text}</p>
      </div>
      <footer className="foot">
        <TypingLine channel={channel} />
        <OutboxBar channels={channels} />
        <Composer channel={channel} title={title} />
      </footer>
    </ReplyProvider>
  )
}
