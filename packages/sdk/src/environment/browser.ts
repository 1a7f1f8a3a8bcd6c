import { openBroadcastChannel } from './broadcast.js'
import { webLocks } from './locks.js'
import type { Environment } from './port.js'
import { isPageVisible, listenToPage } from './signals.js'
import { openWebSocket, type WebSocketConstructor } from './web-socket.js'

/** A page, or a worker. Reads globals only when it is used. */
export function createBrowserEnvironment(WebSocketClass?: WebSocketConstructor): Environment {
  return {
    now: () => Date.now(),
    monotonicNow: () => performance.now(),
    setTimer: (callback, delayMs) => setTimeout(callback, delayMs),
    clearTimer: (handle) => clearTimeout(handle as number | undefined),
    random: () => Math.random(),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    openSocket: (url, protocols, events) => openWebSocket(WebSocketClass, url, protocols, events),
    onSignal: listenToPage,
    isVisible: isPageVisible,
    locks: webLocks,
    openBroadcast: openBroadcastChannel,
    keptStrings: {
      // A page may be forbidden to keep anything: even naming the storage throws then.
      get: (key) => attempt(() => localStorage.getItem(key) ?? undefined),
      set: (key, value) => attempt(() => localStorage.setItem(key, value)),
    },
  }
}

function attempt<T>(task: () => T): T | undefined {
  try {
    return task()
  } catch {
    return undefined
  }
}
