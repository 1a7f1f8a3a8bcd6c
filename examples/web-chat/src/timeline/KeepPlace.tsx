import { Component, type ReactNode, type RefObject } from 'react'

interface Place {
  readonly anchor: Element
  /** How far the anchor's top lay below the top of the scroller, in pixels. */
  readonly offset: number
}

/** At the end, which lies elsewhere when this height is another one afterwards. */
interface End {
  readonly height: number
}

interface KeepPlaceProps {
  readonly scroller: RefObject<HTMLElement | null>
  readonly list: RefObject<HTMLElement | null>
  /** True while the reader is at the end, and wants to stay there. */
  readonly isAtEnd: () => boolean
  readonly children: ReactNode
}

/**
 * What somebody reads stays where it is when messages come above or below it; at the end, the end
 * stays in view. A class, because only a class is asked right before the page changes.
 */
export class KeepPlace extends Component<KeepPlaceProps> {
  override componentDidMount(): void {
    toEnd(this.props.scroller.current)
  }

  override getSnapshotBeforeUpdate(): Place | End | null {
    const { scroller, list, isAtEnd } = this.props
    if (!scroller.current || !list.current) return null
    return isAtEnd()
      ? { height: scroller.current.scrollHeight }
      : placeIn(scroller.current, list.current)
  }

  override componentDidUpdate(_props: unknown, _state: unknown, place: Place | End | null): void {
    const { current: scroller } = this.props.scroller
    if (!scroller || !place) return
    if ('height' in place) {
      // Near the end is not at it: a press that changes nothing must not move what is pressed.
      if (scroller.scrollHeight !== place.height) toEnd(scroller)
    } else if (place.anchor.isConnected) {
      scroller.scrollTop += offsetIn(scroller, place.anchor) - place.offset
    }
  }

  override render(): ReactNode {
    return this.props.children
  }
}

function toEnd(scroller: HTMLElement | null): void {
  if (scroller) scroller.scrollTop = scroller.scrollHeight
}

const offsetIn = (scroller: Element, element: Element): number =>
  element.getBoundingClientRect().top - scroller.getBoundingClientRect().top

/** The first row that is in view, found by halving: rows lie one below the other. */
function placeIn(scroller: HTMLElement, list: HTMLElement): Place | null {
  const rows = list.children
  const top = scroller.getBoundingClientRect().top
  let low = 0
  let high = rows.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rows[middle]?.getBoundingClientRect().bottom ?? 0) > top) high = middle
    else low = middle + 1
  }
  const anchor = rows[low]
  return anchor ? { anchor, offset: offsetIn(scroller, anchor) } : null
}
