const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const

/**
 * Calls back at every sign that somebody is at the page, which may be often; returns the end of
 * that. Undefined where there is no page: nobody can be away from a server.
 */
export function watchPageActivity(listener: () => void): (() => void) | undefined {
  const page = globalThis.document
  if (!page) return undefined
  const seen = (): void => {
    if (page.visibilityState !== 'hidden') listener()
  }
  for (const sign of SIGNS) page.addEventListener(sign, seen, { passive: true, capture: true })
  page.addEventListener('visibilitychange', seen)
  return () => {
    for (const sign of SIGNS) page.removeEventListener(sign, seen, { capture: true })
    page.removeEventListener('visibilitychange', seen)
  }
}
