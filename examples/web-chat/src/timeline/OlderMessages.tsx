import type { Channel, TimelineSnapshot } from '@tidings/sdk'
import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import { useIsCut } from '../network/NetworkSwitch.tsx'
import { useStatus } from '../status/use-status.ts'
import { errorText } from '../ui/error-text.ts'

interface OlderMessagesProps {
  readonly channel: Channel
  readonly snapshot: TimelineSnapshot
  readonly scroller: RefObject<HTMLElement | null>
}

const waits = 'What was said comes when you are connected.'

/** Most items that a timeline holds. */
const itemsMax = 5_000

/** How far above the first message the next page is asked for, in pixels. */
const aheadPx = 800

/** What stands above the oldest message, and loads more when it comes near. */
export function OlderMessages({ channel, snapshot, scroller }: OlderMessagesProps) {
  const { items, hasOlder, loadingOlder } = snapshot
  const [problem, setProblem] = useState<string>()
  const mark = useRef<HTMLDivElement>(null)
  const isCut = useIsCut()
  const isAway = useStatus().current === 'waiting' || isCut
  const isEmpty = !items.some((item) => item.kind !== 'message' || item.status === 'sent')

  const load = useCallback(() => {
    setProblem(undefined)
    channel.timeline.loadOlder().catch((error: unknown) => setProblem(errorText(error)))
  }, [channel])

  // The first page is loaded by the timeline itself; the observer is asked anew after each page.
  const isDue = hasOlder && !loadingOlder && problem === undefined && items.length > 0
  useEffect(() => {
    if (!isDue || !mark.current) return
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) load()
      },
      { root: scroller.current, rootMargin: `${aheadPx}px 0px 0px 0px` },
    )
    observer.observe(mark.current)
    return () => observer.disconnect()
  }, [isDue, load, scroller])

  return (
    <div className="older" ref={mark}>
      {problem !== undefined ? (
        <p>
          Older messages could not be loaded: {problem}{' '}
          <button type="button" className="link" onClick={load}>
            Try again
          </button>
        </p>
      ) : hasOlder ? (
        <p>{loadingOlder ? 'Loading older messages…' : isAway && isEmpty ? waits : ' '}</p>
      ) : (
        <p>
          {items.length < itemsMax
            ? 'This is where the conversation begins.'
            : 'What is older is not shown here.'}
        </p>
      )}
    </div>
  )
}
