import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'

const nearPx = 48

const isNearEnd = ({ scrollTop, scrollHeight, clientHeight }: HTMLElement): boolean =>
  scrollHeight - scrollTop - clientHeight < nearPx

/** Whether the reader is at the end of what scrolls, and a way there. */
export function useEnd(list: RefObject<HTMLElement | null>) {
  const scroller = useRef<HTMLDivElement>(null)
  const place = useRef(true)
  const [isAtEnd, setAtEnd] = useState(true)
  const isAtEndNow = useCallback(() => place.current, [])

  const goToEnd = useCallback(() => {
    const { current } = scroller
    if (!current) return
    place.current = true
    setAtEnd(true)
    current.scrollTop = current.scrollHeight
  }, [])

  useEffect(() => {
    const { current } = scroller
    if (!current) return
    let height = current.clientHeight
    const look = (): void => {
      // Moved by a composer that grew or shrank, and not by the reader: the resizing is told next.
      if (place.current && current.clientHeight !== height) return
      place.current = isNearEnd(current)
      setAtEnd(place.current)
    }
    // A keyboard on the screen, a longer composer, a message that unfolds: the end stays the end.
    const resized = new ResizeObserver(() => {
      height = current.clientHeight
      if (place.current) current.scrollTop = current.scrollHeight
      // no scroll says so when the end comes into view by itself
      else look()
    })
    resized.observe(current)
    if (list.current) resized.observe(list.current)
    current.addEventListener('scroll', look, { passive: true })
    return () => {
      resized.disconnect()
      current.removeEventListener('scroll', look)
    }
  }, [list])

  return { scroller, isAtEnd, isAtEndNow, goToEnd }
}
