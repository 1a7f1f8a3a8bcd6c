import type { Channel } from '@tidings/sdk'
import { memo } from 'react'
import { dayText, fullText } from './dates.ts'
import { GapView } from './GapView.tsx'
import { MessageView } from './MessageView.tsx'
import type { Row } from './rows.ts'

interface RowViewProps {
  readonly row: Row
  readonly channel: Channel
  readonly isTabStop: boolean
  readonly isChosen: boolean
  readonly onChoose: (key: string) => void
  readonly onActivate: (key: string) => void
}

/** One line of the timeline. */
export const RowView = memo(function RowView({
  row,
  channel,
  isTabStop,
  isChosen,
  onActivate,
  onChoose,
}: RowViewProps) {
  switch (row.kind) {
    case 'day':
      return (
        <li className="day">
          <time dateTime={new Date(row.at).toISOString()} title={fullText(row.at)}>
            {dayText(row.at, Date.now())}
          </time>
        </li>
      )
    case 'new':
      return <li className="new-line">New messages</li>
    case 'gap':
      return <GapView gap={row.gap} />
    case 'message':
      return (
        <MessageView
          message={row.message}
          isOwn={row.isOwn}
          startsGroup={row.startsGroup}
          isNewestOwn={row.isNewestOwn}
          channel={channel}
          isTabStop={isTabStop}
          isChosen={isChosen}
          onActivate={onActivate}
          onChoose={onChoose}
        />
      )
  }
}, isSameLine)

/** Rows are made anew with each change; most of them say what they said before. */
function isSameLine(before: RowViewProps, after: RowViewProps): boolean {
  if (before.channel !== after.channel || before.isTabStop !== after.isTabStop) return false
  if (before.isChosen !== after.isChosen) return false
  const { row: a } = before
  const { row: b } = after
  if (a.kind === 'message' && b.kind === 'message') {
    return (
      a.message === b.message &&
      a.isOwn === b.isOwn &&
      a.startsGroup === b.startsGroup &&
      a.isNewestOwn === b.isNewestOwn
    )
  }
  if (a.kind === 'gap' && b.kind === 'gap') return a.gap === b.gap
  return a.kind === b.kind && a.key === b.key
}
