import type { Channel } from '@tidings/sdk'
import { type FocusEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { ReadMark } from '../channels/read-marks.ts'
import { useSession } from '../session/client.ts'
import { Icon } from '../ui/icons.tsx'
import { KeepPlace } from './KeepPlace.tsx'
import { OlderMessages } from './OlderMessages.tsx'
import { RowView } from './RowView.tsx'
import { countAbove, newestSeqOf, readMarkOf, rowsOf } from './rows.ts'
import { useEnd } from './use-end.ts'
import { useTimeline } from './use-timeline.ts'

interface TimelineProps {
  readonly channel: Channel
  readonly title: string
  /** Where reading stopped when the channel was opened. */
  readonly readSeq: number | undefined
  /** Somebody sees everything up to here. */
  readonly onRead: (mark: ReadMark) => void
}

/** The messages of a channel: one stop of the Tab key, the arrow keys go from one to the next. */
export function Timeline({ channel, title, readSeq, onRead }: TimelineProps) {
  const { userId } = useSession().identity
  const snapshot = useTimeline(channel)
  const { items } = snapshot
  const list = useRef<HTMLOListElement>(null)
  const { scroller, isAtEnd, isAtEndNow, goToEnd } = useEnd(list)
  const newestSeq = newestSeqOf(items)
  const [leftAtSeq, setLeftAtSeq] = useState(0)
  const [activeKey, setActiveKey] = useState<string>()
  const [chosenKey, setChosenKey] = useState<string>()

  const last = items.at(-1)
  const lastOwnKey = last?.kind === 'message' && last.status !== 'sent' ? last.key : undefined
  useEffect(() => {
    if (lastOwnKey !== undefined) goToEnd()
  }, [lastOwnKey, goToEnd])

  useEffect(() => {
    if (!isAtEnd) return
    setLeftAtSeq(newestSeq)
    const mark = readMarkOf(items)
    const read = (): void => {
      if (document.visibilityState === 'visible' && mark) onRead(mark)
    }
    read()
    document.addEventListener('visibilitychange', read)
    return () => document.removeEventListener('visibilitychange', read)
  }, [isAtEnd, items, newestSeq, onRead])

  const rows = rowsOf(items, { userId, readSeq })
  const isShown = rows.some((row) => row.key === activeKey)
  const tabStop = isShown ? activeKey : rows.findLast((row) => row.kind === 'message')?.key
  const leave = ({ currentTarget, relatedTarget }: FocusEvent): void => {
    if (!currentTarget.contains(relatedTarget)) setChosenKey(undefined)
  }

  return (
    <section className="timeline" aria-label={`Messages in ${title}`}>
      <div className="scroller" ref={scroller}>
        <div className="scrolled">
          <OlderMessages
            key={channel.id}
            channel={channel}
            snapshot={snapshot}
            scroller={scroller}
          />
          <KeepPlace scroller={scroller} list={list} isAtEnd={isAtEndNow}>
            <ol ref={list} className="messages" onKeyDown={moveBetweenMessages} onBlur={leave}>
              {rows.map((row) => (
                <RowView
                  key={row.key}
                  row={row}
                  channel={channel}
                  isTabStop={row.key === tabStop}
                  isChosen={row.key === chosenKey}
                  onActivate={setActiveKey}
                  onChoose={setChosenKey}
                />
              ))}
            </ol>
          </KeepPlace>
        </div>
      </div>
      {!isAtEnd && (
        <JumpToEnd count={countAbove(items, leftAtSeq, userId)} onJump={() => goToEnd()} />
      )}
    </section>
  )
}

function JumpToEnd({ count, onJump }: { count: number; onJump: () => void }) {
  const text =
    count === 0 ? 'To the newest' : count === 1 ? '1 new message' : `${count} new messages`
  return (
    <button type="button" className="jump" data-new={count > 0} onClick={onJump}>
      <Icon name="down" />
      {text}
    </button>
  )
}

const steps: Readonly<Record<string, (at: number, count: number) => number>> = {
  ArrowUp: (at) => at - 1,
  ArrowDown: (at) => at + 1,
  Home: () => 0,
  End: (_, count) => count - 1,
}

function moveBetweenMessages(event: KeyboardEvent<HTMLOListElement>): void {
  const { target, currentTarget, key } = event
  const step = steps[key]
  if (!step || !(target instanceof HTMLElement) || !target.matches('.message')) return
  const messages = [...currentTarget.querySelectorAll<HTMLElement>('.message')]
  const next = messages[step(messages.indexOf(target), messages.length)]
  event.preventDefault()
  next?.focus()
}
