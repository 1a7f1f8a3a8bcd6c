/**
 * Runs in the page, before any script of its own: what a browser does to a tab that was hidden for
 * some minutes. A timer fires at the end of the minute in which it is due, the page counts as hidden,
 * and no frame is drawn. Nothing on the server's side is touched, and no clock is moved.
 */
export function throttleTimers(): void {
  const everyMs = 60_000
  const nativeSetTimeout = globalThis.setTimeout.bind(globalThis)
  const waiting = new Map<number, { readonly at: number; readonly run: () => void }>()
  let lastId = 1_000_000

  const tick = (): void => {
    nativeSetTimeout(tick, everyMs)
    const now = performance.now()
    for (const [id, { at, run }] of [...waiting]) {
      if (at > now || !waiting.delete(id)) continue
      try {
        run()
      } catch (error) {
        reportError(error)
      }
    }
  }
  nativeSetTimeout(tick, everyMs)

  const wait = (run: () => void, delayMs: number): number => {
    lastId += 1
    waiting.set(lastId, { at: performance.now() + delayMs, run })
    return lastId
  }
  const forget = (id?: number): void => void waiting.delete(id ?? 0)
  const repeat = (id: number, run: () => void, delayMs: number): void => {
    waiting.set(id, {
      at: performance.now() + delayMs,
      run() {
        repeat(id, run, delayMs)
        run()
      },
    })
  }
  Object.assign(globalThis, {
    setTimeout: (run: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]) =>
      wait(() => run(...args), delayMs),
    setInterval: (run: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]) => {
      lastId += 1
      repeat(lastId, () => run(...args), delayMs)
      return lastId
    },
    clearTimeout: forget,
    clearInterval: forget,
    requestAnimationFrame: () => 0,
  })
  Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' })
  Object.defineProperty(document, 'hidden', { get: () => true })
}
