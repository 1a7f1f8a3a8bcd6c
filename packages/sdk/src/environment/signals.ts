import type { LifecycleSignal } from './port.js'

const OF_WINDOW = ['online', 'offline', 'pagehide', 'pageshow'] as const
const OF_DOCUMENT = ['visibilitychange', 'freeze', 'resume'] as const

export const isPageVisible = (): boolean => globalThis.document?.visibilityState !== 'hidden'

/** What a page says of itself; a worker or a server says nothing, or less. */
export function listenToPage(listener: (signal: LifecycleSignal) => void): () => void {
  const hear = ({ type }: { type: string }): void => {
    const visibility = isPageVisible() ? 'visible' : 'hidden'
    listener(type === 'visibilitychange' ? visibility : (type as LifecycleSignal))
  }
  const page = globalThis.document
  const each = (what: 'addEventListener' | 'removeEventListener'): void => {
    for (const type of OF_WINDOW) globalThis[what]?.(type, hear)
    for (const type of OF_DOCUMENT) page?.[what](type, hear)
  }
  each('addEventListener')
  return () => each('removeEventListener')
}
